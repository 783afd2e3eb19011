# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A picture of the result for any viewer, as a DICOM Secondary Capture (PS3.3 A.8)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pydicom

from monai_skin.dicom.result import DISCLAIMER, building, own_elements
from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import DicomFile

__all__ = ["HEAT_SERIES", "OVERLAY_SERIES", "make_overlay"]

OVERLAY_SERIES, HEAT_SERIES = 7003, 7005


def make_overlay(
    source: DicomFile,
    picture: npt.NDArray[np.uint8],
    *,
    shows: str = "Lesion outline drawn",
    series_number: int = OVERLAY_SERIES,
) -> pydicom.Dataset:
    """A secondary capture in a new series of the picture's study, marked as derived and as drawn upon.

    Args:
        source: the picture's object, as ``open_dicom`` gives it.
        picture: ``(3, H, W)`` uint8 RGB, such as the lesion's outline drawn upon the picture; of any size.
        shows: a few words for the series' description, in front of the warning that it is for research only.
        series_number: of the new series.

    Raises:
        UsageError: highdicom is not installed.
        InvalidInputError: the picture has another shape or type, or the source lacks elements.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[0] != 3:
        problem = f"is {picture.dtype} of shape {picture.shape}"
        raise InvalidInputError.about(source.source, "overlay", problem, expected="uint8 of shape (3, H, W)")
    with building(source) as header:
        import highdicom as hd

        found = hd.sc.SCImage.from_ref_dataset(
            ref_dataset=header,
            pixel_array=np.ascontiguousarray(picture.transpose(1, 2, 0)),
            photometric_interpretation=hd.PhotometricInterpretationValues.RGB,
            bits_allocated=8,
            coordinate_system=hd.CoordinateSystemNames.PATIENT,
            patient_orientation=("L", "F"),
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            series_description=f"{shows}. {DISCLAIMER}",
            **own_elements(series_number),
        )
        found["ImageType"].value = ["DERIVED", "SECONDARY"]
        found.BurnedInAnnotation = "YES"
        found.Laterality = ""  # of type 2C
        found["PatientOrientation"].value = None  # nobody knows how a photograph was held
    return found
