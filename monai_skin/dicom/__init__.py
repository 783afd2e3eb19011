# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""DICOM objects of the skin: read photographs, write results, make and de-identify objects."""

from __future__ import annotations

from monai_skin.dicom.deidentify import confidentiality_table, deidentify_object, opaque_name, replaced_uid
from monai_skin.dicom.describe import describe_object
from monai_skin.dicom.extent import LesionExtent, lesion_extent
from monai_skin.dicom.overlay import HEAT_SERIES, make_overlay
from monai_skin.dicom.person import PERSON_FIELDS, DicomPerson, read_person
from monai_skin.dicom.presentation import can_be_presented, lesion_outlines, make_presentation
from monai_skin.dicom.read import DicomImage, pixel_spacing_of, read_dermoscopy_object, uid_of
from monai_skin.dicom.reader import DermoscopyDicomReader
from monai_skin.dicom.report import make_report
from monai_skin.dicom.result import ModelIdentity, write_object
from monai_skin.dicom.segmentation import make_segmentation
from monai_skin.dicom.wrap import WrapOptions, wrap_photograph

__all__ = [
    "HEAT_SERIES",
    "PERSON_FIELDS",
    "DermoscopyDicomReader",
    "DicomImage",
    "DicomPerson",
    "LesionExtent",
    "ModelIdentity",
    "WrapOptions",
    "can_be_presented",
    "confidentiality_table",
    "deidentify_object",
    "describe_object",
    "lesion_extent",
    "lesion_outlines",
    "make_overlay",
    "make_presentation",
    "make_report",
    "make_segmentation",
    "opaque_name",
    "pixel_spacing_of",
    "read_dermoscopy_object",
    "read_person",
    "replaced_uid",
    "uid_of",
    "wrap_photograph",
    "write_object",
]
