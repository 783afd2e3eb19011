# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A photograph of the skin in DICOM: every frame, and what the header says that a model or a person may use."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.multival import MultiValue
from pydicom.uid import UID

from monai_skin.dicom.person import read_person
from monai_skin.errors import InvalidInputError
from monai_skin.io import MAX_PIXELS, FileOrBytes
from monai_skin.io.dicom_header import DicomFile, dicom_boundary, open_dicom
from monai_skin.io.dicom_pixels import decode_dicom

__all__ = ["DicomImage", "pixel_spacing_of", "read_dermoscopy_object", "uid_of"]


class DicomImage(NamedTuple):
    """A decoded object.

    Args:
        pixels: ``(F, 3, H, W)`` uint8 sRGB, a frame a row.
        age: years; None where it is not known.
        sex: a word of ``labels.SEXES``.
        site: a name of ``labels.SITES``.
        laterality: R, L, B, U or empty.
        pixel_spacing: millimetre between rows and between columns; None where the picture is not calibrated.
        sop_instance_uid: of this object.
        series_instance_uid: of its series; empty where the header has none, as for the study.
        study_instance_uid: of its study.
        sop_class_uid: what kind of object it is.
        transfer_syntax_uid: how its pixels were stored.
        photometric: its colour model in the file.
        notes: what was converted or could not be honoured, for a person.
    """

    pixels: npt.NDArray[np.uint8]
    age: float | None
    sex: str
    site: str
    laterality: str
    pixel_spacing: tuple[float, float] | None
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    photometric: str
    notes: tuple[str, ...] = ()


def read_dermoscopy_object(
    file: FileOrBytes, *, source: str | None = None, frame: int | None = None, max_pixels: int = MAX_PIXELS
) -> DicomImage:
    """Read a Dermoscopic Photography, VL Photographic, Secondary Capture or Ultrasound object.

    Nothing that names a person is returned, and errors call the object by its file name.

    Args:
        file: a path, or the content of a file.
        source: what errors call it; the file's name by default.
        frame: number of one frame, the first being 1; all of them by default.
        max_pixels: objects with more, over all frames, are refused from their header.

    Raises:
        InvalidInputError: the object is damaged, cut off, no picture, or its header lies; the element is named.
    """
    opened = open_dicom(file, source=source, max_pixels=max_pixels)
    person = read_person(opened)
    spacing = pixel_spacing_of(opened)
    instance = uid_of(opened, "SOPInstanceUID")
    series, study = (uid_of(opened, keyword, absent_is="") for keyword in ("SeriesInstanceUID", "StudyInstanceUID"))
    pixels, notes = decode_dicom(opened, frame=frame)
    return DicomImage(
        pixels=pixels,
        age=person.age,
        sex=person.sex,
        site=person.site,
        laterality=person.laterality,
        pixel_spacing=spacing,
        sop_instance_uid=instance,
        series_instance_uid=series,
        study_instance_uid=study,
        sop_class_uid=str(opened.dataset.SOPClassUID),
        transfer_syntax_uid=str(opened.dataset.file_meta.TransferSyntaxUID),
        photometric=opened.shape.photometric,
        notes=tuple(notes),
    )


def uid_of(file: DicomFile, keyword: str, *, absent_is: str | None = None) -> str:
    """A unique identifier of the header, checked: it goes into every result.

    Args:
        file: as ``open_dicom`` gives it.
        keyword: of the element.
        absent_is: returned where the element is absent, which is an error by default.

    Raises:
        InvalidInputError: it is absent, longer than 64 characters, or not of digits and dots.
    """
    with dicom_boundary(file.source, keyword):
        value = file.dataset.get(keyword)
        if isinstance(value, UID) and value and value.is_valid:
            return str(value)
        if not value and absent_is is not None:
            return absent_is
    problem = "is absent" if not value else "is not a unique identifier"
    raise InvalidInputError.about(file.source, keyword, problem, expected="at most 64 digits and dots")


def pixel_spacing_of(file: DicomFile) -> tuple[float, float] | None:
    """Millimetre between rows and between columns, or None where the picture is not calibrated.

    Raises:
        InvalidInputError: it is there, but is not two positive numbers.
    """
    with dicom_boundary(file.source, "PixelSpacing"):
        value = file.dataset.get("PixelSpacing")
        if not value:
            return None
        numbers = tuple(float(part) for part in value) if isinstance(value, MultiValue) else ()
    if len(numbers) != 2 or not all(0 < number < float("inf") for number in numbers):
        problem = "is not two positive numbers"
        raise InvalidInputError.about(file.source, "PixelSpacing", problem, expected="millimetre a row and a column")
    return numbers[0], numbers[1]
