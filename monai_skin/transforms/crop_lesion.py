# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Cutting the lesion out with a margin, and putting a result back where it was cut."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from monai.config.type_definitions import KeysCollection
from monai.data import MetaTensor
from monai.transforms import InvertibleTransform, MapTransform

from monai_skin.errors import InvalidInputError
from monai_skin.transforms.checks import check_finite, check_mask, like, plain, source_of
from monai_skin.transforms.clean_mask import mask_is_usable
from monai_skin.transforms.fit import original_size

__all__ = ["CropLesion", "CropLesiond", "lesion_box"]


class Box(NamedTuple):
    """Half-open pixel ranges: rows ``top:bottom``, columns ``left:right``."""

    top: int
    bottom: int
    left: int
    right: int

    def scaled(self, size: Sequence[int], new_size: Sequence[int]) -> Box:
        """The same part of a frame of another size."""
        rows, columns = new_size[0] / size[0], new_size[1] / size[1]
        top, left = round(self.top * rows), round(self.left * columns)
        bottom, right = round(self.bottom * rows), round(self.right * columns)
        return Box(top, max(bottom, top + 1), left, max(right, left + 1))


def lesion_box(mask: torch.Tensor, margin: float = 0.1) -> Box:
    """The rectangle around the lesion, widened on each side by ``margin`` of its own height and width.

    Args:
        mask: ``(1, H, W)`` or ``(H, W)``; anything but 0 is lesion.
        margin: 0.1 is 10 %.

    Returns:
        Rows and columns inside the frame; the whole frame for an empty mask.
    """
    lesion = mask.reshape(mask.shape[-2:]) != 0
    rows, columns = lesion.any(dim=1).nonzero()[:, 0], lesion.any(dim=0).nonzero()[:, 0]
    if not len(rows):
        return Box(0, lesion.shape[0], 0, lesion.shape[1])
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    high, wide = round(margin * (bottom - top)), round(margin * (right - left))
    return Box(
        max(0, top - high), min(lesion.shape[0], bottom + high), max(0, left - wide), min(lesion.shape[1], right + wide)
    )


class CropLesion(InvertibleTransform):
    """Cut the lesion out with a margin; keep the whole image where the mask cannot be right.

    A mask cannot be right if it covers less than 0.5 % or more than 98 % of the frame; the metadata ``mask_ok`` says
    which it was. The inverse puts the crop back into zeros of the whole frame: at the size of the file if a
    :class:`FitLesionImage` after it was undone, otherwise at the size before the crop.

    Args:
        margin: widening on each side, as a part of the lesion's height and width.

    Shapes:
        image ``(C, H, W)`` and mask ``(1, H, W)`` to ``(C, rows, columns)``, same dtype.

    Raises:
        InvalidInputError: image and mask differ in size, or a value is not finite.
    """

    def __init__(self, margin: float = 0.1) -> None:
        if not margin >= 0:
            raise ValueError(f"margin must be at least 0, got {margin}")
        self.margin = margin

    def __call__(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        pixels, source = plain(image), source_of(image)
        check_finite(pixels, source)
        check_mask(plain(mask), pixels, source)
        usable = mask_is_usable(mask)
        size, full_size = tuple(pixels.shape[-2:]), original_size(image)
        box = lesion_box(plain(mask), self.margin) if usable else Box(0, size[0], 0, size[1])
        out = like(pixels[:, box.top : box.bottom, box.left : box.right].clone(), image)
        full_box = box.scaled(size, full_size)
        if isinstance(out, MetaTensor):
            out.meta["mask_ok"] = usable
            out.meta["full_size"] = (full_box.bottom - full_box.top, full_box.right - full_box.left)
        extra = {"box": tuple(box), "full_box": tuple(full_box), "full_size": full_size}
        return self.push_transform(out, orig_size=size, extra_info=extra)  # type: ignore[no-untyped-call]

    def inverse(self, data: torch.Tensor) -> torch.Tensor:
        """Put ``(C, rows, columns)`` back into zeros of the frame it was cut from."""
        done = self.pop_transform(data)
        extra, pixels = done["extra_info"], plain(data)
        for frame, box in ((extra["full_size"], Box(*extra["full_box"])), (done["orig_size"], Box(*extra["box"]))):
            if tuple(pixels.shape[-2:]) == (box.bottom - box.top, box.right - box.left):
                whole = pixels.new_zeros((pixels.shape[0], *(int(side) for side in frame)))
                whole[:, box.top : box.bottom, box.left : box.right] = pixels
                out = like(whole, data)
                if isinstance(out, MetaTensor):
                    out.meta["full_size"] = tuple(int(side) for side in extra["full_size"])
                return out
        problem = f"is {tuple(pixels.shape[-2:])}"
        raise InvalidInputError.about(source_of(data), "size", problem, expected=f"the size of the crop {extra['box']}")


class CropLesiond(MapTransform, InvertibleTransform):
    """Dictionary form of :class:`CropLesion`; ``mask_key`` names the item holding the mask, and may be cropped too."""

    def __init__(
        self,
        keys: KeysCollection,
        mask_key: Hashable = "mask",
        margin: float = 0.1,
        allow_missing_keys: bool = False,
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.mask_key = mask_key
        self.transform = CropLesion(margin)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key], data[self.mask_key])
        return out

    def inverse(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Put each key back into its frame."""
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform.inverse(out[key])
        return out
