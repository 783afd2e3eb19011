# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading an ultrasound picture from a file into one channel."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from os import fspath
from typing import Any

import numpy as np
import torch
from monai.config.type_definitions import KeysCollection
from monai.data import MetaTensor
from monai.transforms import MapTransform, Transform

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_ultrasound
from monai_skin.transforms.load import File

__all__ = ["LoadUltrasound", "LoadUltrasoundd"]

_LUMA = np.array([0.299, 0.587, 0.114])[:, None, None]  # ITU-R BT.601


class LoadUltrasound(Transform):
    """Read an ultrasound picture, saved as JPEG, PNG, BMP, TIFF or DICOM, as grey.

    Ultrasound is grey, but is often saved with three equal channels; they become one, bit for bit. A picture with
    colours, such as of a Doppler examination or with a coloured caption, becomes its luma, and ``notes`` says so. Of a
    DICOM object the scanned region is used alone, see :func:`monai_skin.io.read_ultrasound`.

    Args:
        frame: of DICOM objects that have several, the first being 1; without it such an object is refused.

    Returns:
        ``(1, H, W)`` uint8 with the metadata of :class:`LoadDermoscopy`.

    Raises:
        InvalidInputError: there is no file, or it is not a readable picture.
    """

    def __init__(self, frame: int | None = None) -> None:
        if frame is not None and frame < 1:
            raise ValueError(f"frame must be 1 or more, got {frame}")
        self.frame = frame

    def __call__(self, file: File | None) -> MetaTensor:
        if file is None or not file:
            expected = "a picture beside the photograph"
            raise InvalidInputError.about("ultrasound", "file", "is missing", expected=expected)
        picture = read_ultrasound(file, frame=self.frame)
        pixels, notes = picture.pixels, list(picture.notes)
        if bool((pixels == pixels[:1]).all()):
            grey = pixels[:1].copy()
        else:
            grey = np.rint((_LUMA * pixels).sum(axis=0, keepdims=True)).astype(np.uint8)
            notes.append("ultrasound with colours was turned to grey")
        name = "" if isinstance(file, bytes) else fspath(file)
        meta = {"filename_or_obj": name, "full_size": picture.full_size, "notes": "; ".join(notes)}
        return MetaTensor(torch.from_numpy(grey), meta=meta)


class LoadUltrasoundd(MapTransform):
    """Dictionary form of :class:`LoadUltrasound`."""

    def __init__(self, keys: KeysCollection, frame: int | None = None, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)
        self.transform = LoadUltrasound(frame)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key])
        return out
