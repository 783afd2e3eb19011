# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading a lesion image, or a lesion mask, from a file into a tensor that remembers where it came from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from os import PathLike, fspath
from typing import Any

import torch
from monai.config.type_definitions import KeysCollection
from monai.data import MetaTensor
from monai.transforms import MapTransform, Transform

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image, read_mask

__all__ = ["LoadDermoscopy", "LoadDermoscopyd", "LoadLesionMask", "LoadLesionMaskd"]

File = str | PathLike[str] | bytes


def _name(file: File) -> str:
    return "" if isinstance(file, bytes) else fspath(file)


class LoadDermoscopy(Transform):
    """Read an image file as upright RGB.

    Args:
        shrink_to: ``(rows, columns)`` that a following :class:`FitLesionImage` will fit the image into. A large JPEG is
            then decoded at the smallest built-in scale that still leaves it enough pixels, which is several times
            faster; ``full_size`` stays that of the file. Leave it out to read every pixel.

    Returns:
        ``(3, H, W)`` uint8 with metadata ``filename_or_obj``, ``full_size`` as ``(H, W)`` of the upright file, and
        ``notes``: what had to be converted, separated by semicolons.

    Raises:
        InvalidInputError: there is no file, or it is not a readable image.
    """

    def __init__(self, shrink_to: Sequence[int] | None = None) -> None:
        # An image that fits into (rows, columns) never has a short side above the smaller of the two.
        self.min_side = None if shrink_to is None else min(shrink_to)

    def __call__(self, file: File) -> MetaTensor:
        if not file:  # as where a table has no path
            raise InvalidInputError.about("picture", "file", "is missing", expected="a path to a picture")
        picture = read_image(file, min_side=self.min_side)
        meta = {"filename_or_obj": _name(file), "full_size": picture.full_size, "notes": "; ".join(picture.notes)}
        return MetaTensor(torch.from_numpy(picture.pixels), meta=meta)


class LoadDermoscopyd(MapTransform):
    """Dictionary form of :class:`LoadDermoscopy`."""

    def __init__(
        self, keys: KeysCollection, shrink_to: Sequence[int] | None = None, allow_missing_keys: bool = False
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.transform = LoadDermoscopy(shrink_to)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key])
        return out


class LoadLesionMask(Transform):
    """Read a mask file: any pixel that is not background is lesion.

    Returns:
        ``(1, H, W)`` uint8 of 0 and 1, with the metadata of :class:`LoadDermoscopy`.

    Raises:
        InvalidInputError: the file is not a readable mask.
    """

    def __call__(self, file: File) -> MetaTensor:
        mask = torch.from_numpy(read_mask(file)).view(torch.uint8)[None]
        meta = {"filename_or_obj": _name(file), "full_size": tuple(mask.shape[1:]), "notes": ""}
        return MetaTensor(mask, meta=meta)


class LoadLesionMaskd(MapTransform):
    """Dictionary form of :class:`LoadLesionMask`.

    Args:
        keys: of the mask files.
        empty_like: key of an image that is loaded already: an item without a mask then gets an empty one of its size,
            which :class:`ApplyLesionMaskd` takes for a mask that cannot be right. Without it such an item is an error.
        allow_missing_keys: see MONAI's ``MapTransform``.
    """

    def __init__(
        self, keys: KeysCollection, empty_like: Hashable | None = None, allow_missing_keys: bool = False
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.empty_like = empty_like
        self.transform = LoadLesionMask()

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        if self.empty_like is not None:
            for key in self.keys:
                if key not in out:
                    out[key] = _empty_mask(out[self.empty_like])
        for key in self.key_iterator(out):
            if not isinstance(out[key], torch.Tensor):
                out[key] = self.transform(out[key])
        return out


def _empty_mask(image: torch.Tensor) -> MetaTensor:
    size = tuple(image.shape[-2:])
    full_size = image.meta.get("full_size", size) if isinstance(image, MetaTensor) else size
    meta = {"filename_or_obj": "", "full_size": full_size, "notes": "there is no mask"}
    return MetaTensor(torch.zeros((1, *size), dtype=torch.uint8), meta=meta)
