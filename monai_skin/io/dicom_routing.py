# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The few elements that decide what becomes of an object, read without its pixels and whatever kind of object it is."""

from __future__ import annotations

import io
from typing import NamedTuple

import pydicom

from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import OWN_NAME, PICTURE_CLASSES, dicom_boundary, is_dicom
from monai_skin.io.files import FileOrBytes, read_bytes, source_name

__all__ = ["DicomRouting", "read_dicom_routing"]

_WORDS = ("SOPClassUID", "SOPInstanceUID", "Modality")
_ELEMENTS = [*_WORDS, "ImageType", "Manufacturer"]


class DicomRouting(NamedTuple):
    """What an object says of itself; empty where it says nothing.

    Args:
        sop_class_uid: what kind of object it is.
        sop_instance_uid: its own identifier.
        modality: such as ``DMS`` or ``XC``.
        transfer_syntax_uid: how it is encoded.
        is_own_result: whether this package made it as a result: a report, a segmentation, or a derived picture.
    """

    sop_class_uid: str
    sop_instance_uid: str
    modality: str
    transfer_syntax_uid: str
    is_own_result: bool


def read_dicom_routing(file: FileOrBytes, *, source: str | None = None) -> DicomRouting:
    """Read what decides where an object goes.

    Raises:
        InvalidInputError: it is no DICOM object, or so damaged that not even this can be read.
    """
    name = source_name(file, source)
    data = read_bytes(file, source=name)
    if not is_dicom(data):
        raise InvalidInputError.about(name, "file", "has no DICOM mark at byte 128", expected="a DICOM file (PS3.10)")
    with dicom_boundary(name):
        found = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True, specific_tags=_ELEMENTS)
        sop_class, instance, modality = (str(found.get(word, "")) for word in _WORDS)
        ours = found.get("Manufacturer") == OWN_NAME
        derived = sop_class not in PICTURE_CLASSES or "DERIVED" in str(found.get("ImageType", ""))
        syntax = str(found.file_meta.get("TransferSyntaxUID", ""))
        return DicomRouting(sop_class, instance, modality, syntax, ours and derived)
