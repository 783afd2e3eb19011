# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Colour constancy: taking the colour of the lamp out of a lesion image."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from monai.config.type_definitions import KeysCollection
from monai.transforms import MapTransform, Transform

from monai_skin.transforms.checks import check_image, like, plain, source_of

__all__ = ["ShadesOfGray", "ShadesOfGrayd", "shades_of_gray"]

SMALLEST_ILLUMINANT = 1e-6
DARKEST_SEEN = 10 / 255
Floats = npt.NDArray[np.float64]


def gains(illuminant: Floats) -> Floats | None:
    """What to multiply the channels by under this light; None where there is no light."""
    length = float(np.linalg.norm(illuminant))
    if length == 0:
        return None
    return np.asarray(1 / (np.sqrt(3) * np.maximum(illuminant / length, SMALLEST_ILLUMINANT)))


def minkowski_mean(values: Floats, counts: Floats | None, power: float) -> float:
    """``mean(values ** power) ** (1 / power)``, taken relative to the largest value so that no power underflows."""
    peak = float(values.max(where=True if counts is None else counts > 0, initial=0))
    if peak == 0:
        return 0.0
    return peak * float(np.average(np.minimum(values / peak, 1) ** power, weights=counts)) ** (1 / power)


def _of_bytes(image: torch.Tensor, power: float, gamma: float, ignore_black: bool) -> torch.Tensor:
    """A byte has 256 values: count them, do the arithmetic on those, and look every pixel up."""
    pixels = image.permute(1, 2, 0).contiguous().numpy()
    linear = (np.arange(256) / 255) ** gamma
    seen = (pixels.max(axis=2) > 255 * DARKEST_SEEN).view(np.uint8) if ignore_black else None
    if seen is not None and not seen.any():
        return image.clone()
    counts = [cv2.calcHist([pixels], [channel], seen, [256], [0, 256]).ravel().astype(float) for channel in range(3)]
    gain = gains(np.array([minkowski_mean(linear, count, power) for count in counts]))
    if gain is None:
        return image.clone()
    table = np.clip(linear[:, None] * gain, 0, 1) ** (1 / gamma) * 255
    return torch.from_numpy(np.asarray(cv2.LUT(pixels, (table[None] + 0.5).astype(np.uint8)))).permute(2, 0, 1)


def _of_floats(image: torch.Tensor, power: float, gamma: float, ignore_black: bool) -> torch.Tensor:
    linear = image.double().clamp(0, 1) ** gamma
    seen = linear.flatten(1)[:, (image > DARKEST_SEEN).any(dim=0).flatten()] if ignore_black else linear.flatten(1)
    channels = seen.numpy()
    gain = gains(np.array([minkowski_mean(channel, None, power) for channel in channels])) if seen.numel() else None
    if gain is None:
        return image.clone()
    return ((linear * torch.from_numpy(gain)[:, None, None]).clamp(0, 1) ** (1 / gamma)).to(image.dtype)


def shades_of_gray(
    image: torch.Tensor, power: float = 6.0, *, gamma: float = 1.0, ignore_black: bool = False
) -> torch.Tensor:
    """Divide out the colour of the light, estimated by a Minkowski mean over the image.

    Finlayson and Trezzi, "Shades of Gray and Colour Constancy", Color and Imaging Conference 2004. With the mean
    ``e_c = mean(I_c ** power) ** (1 / power)`` of each channel scaled to unit length, a channel becomes
    ``I_c / (sqrt(3) * e_c)``: under a neutral light nothing changes. A black image is returned as it is.

    Args:
        image: ``(3, H, W)`` RGB, uint8 or float in [0, 1].
        power: Minkowski exponent; 1 is Gray World, large values approach max-RGB.
        gamma: the values are raised to this power before, and to its inverse after; 2.2 makes sRGB about linear.
        ignore_black: estimate without pixels that are nearly black in all channels, such as a vignette's corners.

    Returns:
        ``(3, H, W)``, same dtype, clipped to its range.
    """
    of_type = _of_bytes if image.dtype == torch.uint8 else _of_floats
    return of_type(image, power, gamma, ignore_black)


class ShadesOfGray(Transform):
    """Array form of :func:`shades_of_gray`, which says what the arguments mean.

    Raises:
        InvalidInputError: the image is not ``(3, H, W)`` of bytes or of finite numbers in [0, 1].
    """

    def __init__(self, power: float = 6.0, *, gamma: float = 1.0, ignore_black: bool = False) -> None:
        if not power >= 1 or not gamma > 0:
            raise ValueError(f"power must be at least 1 and gamma positive, got {power} and {gamma}")
        self.power, self.gamma, self.ignore_black = power, gamma, ignore_black

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        pixels = plain(image)
        check_image(pixels, source_of(image))
        return like(shades_of_gray(pixels, self.power, gamma=self.gamma, ignore_black=self.ignore_black), image)


class ShadesOfGrayd(MapTransform):
    """Dictionary form of :class:`ShadesOfGray`."""

    def __init__(
        self,
        keys: KeysCollection,
        power: float = 6.0,
        *,
        gamma: float = 1.0,
        ignore_black: bool = False,
        allow_missing_keys: bool = False,
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.transform = ShadesOfGray(power, gamma=gamma, ignore_black=ignore_black)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key])
        return out
