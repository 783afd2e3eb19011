# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Changing brightness, contrast, saturation and hue of a lesion image by given or by random amounts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from monai.config.type_definitions import KeysCollection
from monai.transforms import MapTransform, RandomizableTransform, Transform
from monai.transforms.inverse import TraceableTransform

from monai_skin.transforms.checks import check_image, like, plain, source_of

__all__ = ["AdjustColor", "AdjustColord", "RandColorJitter", "RandColorJitterd", "adjust_color"]

Pixels = npt.NDArray[Any]


def _rescale(pixels: Pixels, scale: float, offset: float) -> Pixels:
    """``scale * pixels + offset``, clipped to the range of the type; bytes go through a table of 256 entries."""
    if pixels.dtype != np.uint8:
        return np.clip(pixels * np.float32(scale) + np.float32(offset), 0, 1)
    table = np.clip(np.arange(256) * scale + offset + 0.5, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(pixels, table))


def _saturate(pixels: Pixels, amount: float) -> Pixels:
    gray = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    mixed = np.asarray(cv2.addWeighted(pixels, amount, gray, 1 - amount, 0))
    return mixed if mixed.dtype == np.uint8 else np.clip(mixed, 0, 1)


def _turn_hue(pixels: Pixels, turn: float) -> Pixels:
    if pixels.dtype == np.uint8:  # "FULL": one turn of the colour wheel is 256 steps, so bytes wrap round by themselves
        hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV_FULL)
        hsv[..., 0] += np.uint8(round(turn * 256) % 256)
        return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL))
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + 360 * turn) % 360
    return np.clip(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), 0, 1)


def adjust_color(
    image: torch.Tensor, *, brightness: float = 1.0, contrast: float = 1.0, saturation: float = 1.0, hue: float = 0.0
) -> torch.Tensor:
    """Change brightness, then contrast, then saturation, then hue, clipping to the valid range after each.

    Brightness multiplies all channels; contrast stretches about the mean luma (ITU-R BT.601) of the image; saturation
    moves each pixel away from its own luma; hue turns the colour wheel of the HSV model.

    Args:
        image: ``(3, H, W)`` RGB, uint8 or float in [0, 1].
        brightness: factor; 1 changes nothing, 0 is black.
        contrast: factor; 1 changes nothing, 0 is an even grey.
        saturation: factor; 1 changes nothing, 0 is a grey image.
        hue: turns of the colour wheel in [-0.5, 0.5]; 0 changes nothing.

    Returns:
        ``(3, H, W)``, same dtype.
    """
    pixels: Pixels = (
        image.permute(1, 2, 0).contiguous().numpy()
        if image.dtype == torch.uint8
        else (image.permute(1, 2, 0).float().contiguous().numpy())
    )
    if brightness != 1:
        pixels = _rescale(pixels, brightness, 0.0)
    if contrast != 1:
        luma = float(np.dot(cv2.mean(pixels)[:3], (0.299, 0.587, 0.114)))
        pixels = _rescale(pixels, contrast, (1 - contrast) * luma)
    if saturation != 1:
        pixels = _saturate(pixels, saturation)
    if hue != 0:
        pixels = _turn_hue(pixels, hue)
    out = torch.from_numpy(pixels).permute(2, 0, 1).to(image.dtype)
    return out.clone() if out.data_ptr() == image.data_ptr() else out


class AdjustColor(Transform):
    """Array form of :func:`adjust_color`, which says what the arguments mean.

    Raises:
        InvalidInputError: the shape is not ``(3, H, W)``, or a value is not finite.
    """

    def __init__(
        self, *, brightness: float = 1.0, contrast: float = 1.0, saturation: float = 1.0, hue: float = 0.0
    ) -> None:
        if min(brightness, contrast, saturation) < 0 or abs(hue) > 0.5:
            raise ValueError(
                "brightness, contrast and saturation must be at least 0 and hue in [-0.5, 0.5], "
                f"got {brightness}, {contrast}, {saturation} and {hue}"
            )
        self.amounts = {"brightness": brightness, "contrast": contrast, "saturation": saturation, "hue": hue}

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        pixels = plain(image)
        check_image(pixels, source_of(image))
        return like(adjust_color(pixels, **self.amounts), image)


class AdjustColord(MapTransform):
    """Dictionary form of :class:`AdjustColor`."""

    def __init__(
        self,
        keys: KeysCollection,
        *,
        brightness: float = 1.0,
        contrast: float = 1.0,
        saturation: float = 1.0,
        hue: float = 0.0,
        allow_missing_keys: bool = False,
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.transform = AdjustColor(brightness=brightness, contrast=contrast, saturation=saturation, hue=hue)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key])
        return out


class RandColorJitter(RandomizableTransform, TraceableTransform):
    """Draw four amounts, then apply :class:`AdjustColor` with them.

    The amounts drawn are recorded in the image's ``applied_operations``, so that the same change can be made again.

    Args:
        brightness: the factor is drawn evenly from ``[1 - brightness, 1 + brightness]``.
        contrast: likewise.
        saturation: likewise.
        hue: turns, drawn evenly from ``[-hue, hue]``.
        prob: probability that anything is changed.
    """

    def __init__(
        self,
        brightness: float = 0.2,
        contrast: float = 0.2,
        saturation: float = 0.2,
        hue: float = 0.05,
        prob: float = 1.0,
    ) -> None:
        RandomizableTransform.__init__(self, prob)
        if not all(0 <= width <= 1 for width in (brightness, contrast, saturation)) or not 0 <= hue <= 0.5:
            raise ValueError(
                "brightness, contrast and saturation must be in [0, 1] and hue in [0, 0.5], "
                f"got {brightness}, {contrast}, {saturation} and {hue}"
            )
        self.widths = {"brightness": brightness, "contrast": contrast, "saturation": saturation, "hue": hue}
        self.amounts: dict[str, float] = {}

    def randomize(self, data: Any = None) -> None:
        """Draw whether to change anything and, always, by how much, so that every item uses as many numbers."""
        super().randomize(data)
        centre = {"hue": 0.0}
        self.amounts = {
            name: centre.get(name, 1.0) + float(self.R.uniform(-width, width)) for name, width in self.widths.items()
        }

    def __call__(self, image: torch.Tensor, randomize: bool = True) -> torch.Tensor:
        if randomize:
            self.randomize()
        if not self._do_transform:
            check_image(plain(image), source_of(image))
            return image
        out = AdjustColor(**self.amounts)(image)
        return self.push_transform(out, extra_info=dict(self.amounts))  # type: ignore[no-untyped-call]


class RandColorJitterd(RandomizableTransform, MapTransform):
    """Dictionary form of :class:`RandColorJitter`: one draw an item, so that all its keys change alike."""

    def __init__(
        self,
        keys: KeysCollection,
        brightness: float = 0.2,
        contrast: float = 0.2,
        saturation: float = 0.2,
        hue: float = 0.05,
        prob: float = 1.0,
        allow_missing_keys: bool = False,
    ) -> None:
        MapTransform.__init__(self, keys, allow_missing_keys)
        RandomizableTransform.__init__(self, 1.0)
        self.transform = RandColorJitter(brightness, contrast, saturation, hue, prob)

    def set_random_state(self, seed: int | None = None, state: np.random.RandomState | None = None) -> RandColorJitterd:
        """Seed the draw; see MONAI's ``Randomizable``."""
        super().set_random_state(seed, state)
        self.transform.set_random_state(seed, state)
        return self

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        self.transform.randomize()
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key], randomize=False)
        return out
