# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The reader of DICOM pictures of the skin for MONAI's ``LoadImaged``."""

from __future__ import annotations

from collections.abc import Sequence
from os import fspath
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from monai.config.type_definitions import PathLike
from monai.data.image_reader import ImageReader
from monai.utils import ensure_tuple
from monai.utils.enums import MetaKeys

from monai_skin.dicom.read import DicomImage, read_dermoscopy_object
from monai_skin.errors import InvalidInputError

__all__ = ["DermoscopyDicomReader"]


class DermoscopyDicomReader(ImageReader):
    """Read one frame of a DICOM object as colour, where MONAI's own readers swap axes, drop colour or refuse.

    Like all of MONAI's readers it gives ``(W, H, 3)``, channels last, so ``LoadImaged`` with ``ensure_channel_first``
    ends at ``(3, W, H)``. The metadata hold the size, the affine and the few values a model may use: ``age`` in years
    (NaN where missing), ``sex``, ``site``, ``laterality``; never a name, number or date.

    Args:
        frame: number of the frame, the first being 1. Without it an object of several frames is refused.
    """

    def __init__(self, frame: int | None = None) -> None:
        super().__init__()
        self.frame = frame

    def verify_suffix(self, filename: Sequence[PathLike] | PathLike) -> bool:
        return all(Path(fspath(name)).suffix.lower() in (".dcm", ".dicom") for name in ensure_tuple(filename))

    def read(self, data: Sequence[PathLike] | PathLike, **kwargs: Any) -> DicomImage:
        """Read one object.

        Raises:
            InvalidInputError: as :func:`monai_skin.dicom.read_dermoscopy_object`; or several files or frames.
        """
        names = ensure_tuple(data)
        if len(names) != 1:
            raise InvalidInputError.about("reader", "files", f"are {len(names)}", expected="one object an item")
        image = read_dermoscopy_object(fspath(names[0]), frame=self.frame)
        if len(image.pixels) != 1:
            name = Path(fspath(names[0])).name
            raise InvalidInputError.about(
                name, "NumberOfFrames", f"is {len(image.pixels)}", expected="1, or the reader's argument frame"
            )
        return image

    def get_data(self, img: DicomImage) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
        """The array ``(W, H, 3)`` and its metadata."""
        array = np.ascontiguousarray(img.pixels[0].transpose(2, 1, 0))
        down, across = img.pixel_spacing or (1.0, 1.0)
        affine = np.diag([across, down, 1.0, 1.0])
        meta = {
            MetaKeys.SPATIAL_SHAPE: np.asarray(array.shape[:2]),
            MetaKeys.ORIGINAL_CHANNEL_DIM: -1,
            MetaKeys.AFFINE: affine,
            MetaKeys.ORIGINAL_AFFINE: affine.copy(),
            "age": float("nan") if img.age is None else img.age,
            "sex": img.sex,
            "site": img.site,
            "laterality": img.laterality,
        }
        return array, meta
