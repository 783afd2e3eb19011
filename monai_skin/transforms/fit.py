# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fitting an image of any size into a network's input without changing its proportions, and back again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from monai.config.type_definitions import KeysCollection
from monai.data import MetaTensor
from monai.transforms import InvertibleTransform, MapTransform
from monai.utils import ensure_tuple_rep

from monai_skin.transforms.checks import check_finite, check_size, like, plain, source_of

__all__ = ["FitLesionImage", "FitLesionImaged", "fit_image"]

Interpolation = Literal["area", "nearest"]


class Placement(NamedTuple):
    """Where the image lies in the padded frame, in pixels."""

    top: int
    left: int
    rows: int
    columns: int


def place(size: Sequence[int], frame: Sequence[int]) -> Placement:
    """The largest centred box with the proportions of ``size`` inside ``frame``, both ``(rows, columns)``."""
    scale = min(frame[0] / size[0], frame[1] / size[1])
    rows, columns = (max(1, min(limit, round(side * scale))) for side, limit in zip(size, frame, strict=True))
    return Placement((frame[0] - rows) // 2, (frame[1] - columns) // 2, rows, columns)


def resize(image: torch.Tensor, size: tuple[int, int], interpolation: str) -> torch.Tensor:
    """Resize ``(C, H, W)``: nearest pixel centre, or bilinear averaged over the area each new pixel covers."""
    if tuple(image.shape[-2:]) == size:
        return image
    if interpolation == "nearest":
        # By index, so that masks of any type can be resized: PyTorch's "nearest-exact" knows bytes and floats only.
        rows, columns = (
            ((torch.arange(new, device=image.device) + 0.5) * (old / new)).long().clamp_max(old - 1)
            for old, new in zip(image.shape[-2:], size, strict=True)
        )
        return image[:, rows[:, None], columns]
    # PyTorch cannot average half precision on a CPU, and a network run in bfloat16 gives such probabilities.
    full = image.float() if image.dtype in (torch.float16, torch.bfloat16) else image
    return F.interpolate(full[None], size, mode="bilinear", antialias=True, align_corners=False)[0].to(image.dtype)


def fit_image(
    image: torch.Tensor,
    spatial_size: Sequence[int],
    interpolation: Interpolation = "area",
    *,
    proportions: Sequence[int] | None = None,
) -> torch.Tensor:
    """Resize into a frame with the proportions kept, and fill what is left at the borders with zeros.

    Bytes stay bytes: PyTorch resizes a channels-last byte image several times faster than a float one.

    Args:
        image: ``(C, H, W)``, uint8 or float.
        spatial_size: ``(rows, columns)`` of the result.
        interpolation: "area" averages over the pixels that fall together; "nearest" invents no value, for masks.
        proportions: ``(rows, columns)`` to keep instead of those of ``image``, where it was decoded at a reduced scale.

    Returns:
        ``(C, rows, columns)``, same dtype.
    """
    top, left, rows, columns = place(proportions or image.shape[-2:], spatial_size)
    inner = resize(image, (rows, columns), interpolation)
    if (rows, columns) == tuple(spatial_size):
        return inner.clone() if inner is image else inner
    out = image.new_zeros((spatial_size[0], spatial_size[1], image.shape[0])).permute(2, 0, 1)
    out[:, top : top + rows, left : left + columns] = inner
    return out


def original_size(image: torch.Tensor) -> tuple[int, int]:
    """``(H, W)`` of the file, if the image still has the file's proportions; otherwise its own."""
    rows, columns = image.shape[-2:]
    full = image.meta.get("full_size") if isinstance(image, MetaTensor) else None
    if full is None:
        return rows, columns
    full_rows, full_columns = (int(side) for side in full)
    # A reduced decode rounds each side up by less than one pixel.
    same = abs(rows * full_columns - columns * full_rows) < max(full_rows, full_columns)
    return (full_rows, full_columns) if same else (rows, columns)


class FitLesionImage(InvertibleTransform):
    """Resize an image into a frame with its proportions kept, padded with zeros around the centre.

    The inverse crops the padding and resizes to the size of the image file (its ``full_size`` metadata), or to the
    size before this transform where no file is known. It is bilinear, or nearest where MONAI's ``Invertd`` asks so.

    Args:
        spatial_size: ``(rows, columns)`` of the result, in pixels.
        interpolation: "area" for images, "nearest" for masks: no value appears that was not there.

    Shapes:
        ``(C, H, W)`` uint8 or float to ``(C, rows, columns)``, same dtype.

    Raises:
        InvalidInputError: a side is below 16 pixels, or a value is not finite.
    """

    def __init__(self, spatial_size: Sequence[int], interpolation: Interpolation = "area") -> None:
        if len(spatial_size) != 2 or min(spatial_size) < 1:
            raise ValueError(f"spatial_size must be two positive numbers (rows, columns), got {list(spatial_size)}")
        if interpolation not in ("area", "nearest"):
            raise ValueError(f"interpolation must be 'area' or 'nearest', got {interpolation!r}")
        self.spatial_size = (int(spatial_size[0]), int(spatial_size[1]))
        self.interpolation = interpolation

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        pixels, source = plain(image), source_of(image)
        check_size(pixels, source)
        check_finite(pixels, source)
        full_size = original_size(image)
        out = like(fit_image(pixels, self.spatial_size, self.interpolation, proportions=full_size), image)
        mode = "nearest" if self.interpolation == "nearest" else "bilinear"
        extra = {"full_size": full_size, "mode": mode}
        return self.push_transform(out, orig_size=tuple(pixels.shape[-2:]), extra_info=extra)  # type: ignore[no-untyped-call]

    def inverse(self, data: torch.Tensor) -> torch.Tensor:
        """Crop the padding and resize ``(C, rows, columns)`` back to ``(C, H, W)`` of the file."""
        done = self.pop_transform(data)["extra_info"]
        full_size = (int(done["full_size"][0]), int(done["full_size"][1]))
        pixels = plain(data)
        top, left, rows, columns = place(full_size, pixels.shape[-2:])
        inner = pixels[:, top : top + rows, left : left + columns]
        return like(resize(inner, full_size, done["mode"]), data)


class FitLesionImaged(MapTransform, InvertibleTransform):
    """Dictionary form of :class:`FitLesionImage`; ``interpolation`` may be one for all keys or one a key."""

    def __init__(
        self,
        keys: KeysCollection,
        spatial_size: Sequence[int],
        interpolation: Interpolation | Sequence[Interpolation] = "area",
        allow_missing_keys: bool = False,
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.transforms = [FitLesionImage(spatial_size, one) for one in ensure_tuple_rep(interpolation, len(self.keys))]

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key, transform in self.key_iterator(out, self.transforms):
            out[key] = transform(out[key])
        return out

    def inverse(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Bring each key back to the size of its file."""
        out = dict(data)
        for key, transform in self.key_iterator(out, self.transforms):
            out[key] = transform.inverse(out[key])
        return out
