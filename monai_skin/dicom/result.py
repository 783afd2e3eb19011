# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What every DICOM result has in common: who made it, its place in the study, and how it is written."""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, NamedTuple

import pydicom
from pydicom.multival import MultiValue
from pydicom.uid import generate_uid

from monai_skin import __version__
from monai_skin.dicom.read import uid_of
from monai_skin.errors import InvalidInputError, SkinError, UsageError
from monai_skin.io import atomic_write
from monai_skin.io.dicom_header import OWN_NAME, DicomFile, dicom_boundary
from monai_skin.io.files import source_name

__all__ = [
    "DISCLAIMER",
    "MANUFACTURER",
    "ModelIdentity",
    "building",
    "new_uid",
    "object_content",
    "own_elements",
    "write_object",
]

logging.getLogger("highdicom").setLevel(logging.WARNING)  # below that it repeats identifiers

_NO_CHARACTER = "\ufffd"  # what a decoder puts where there is none

MANUFACTURER = OWN_NAME
DISCLAIMER = "Research use only. Not for diagnosis."


class ModelIdentity(NamedTuple):
    """Which model a result is from.

    Args:
        name: of the bundle.
        version: of the bundle.
        weights: SHA-256 of its weights, 64 hexadecimal digits.
        calibration: how its probabilities were calibrated, in words; empty where they were not.
    """

    name: str
    version: str
    weights: str
    calibration: str = ""


def new_uid() -> str:
    """A new unique identifier, derived from a random UUID (PS3.5 B.2), so that it needs no registered root."""
    return str(generate_uid(prefix=None))


def own_elements(series_number: int, instance_number: int = 1) -> dict[str, Any]:
    """The arguments that highdicom's objects share: a new series, our own identifiers, and who made them."""
    return {
        "series_instance_uid": new_uid(),
        "series_number": series_number,
        "sop_instance_uid": new_uid(),
        "instance_number": instance_number,
        "manufacturer": MANUFACTURER,
    }


def equipment() -> dict[str, Any]:
    """What a segmentation or report says of the software besides."""
    return {"manufacturer_model_name": MANUFACTURER, "software_versions": __version__, "device_serial_number": "1"}


@contextmanager
def building(source: DicomFile) -> Iterator[pydicom.Dataset]:
    """The boundary around highdicom, which needs a header that a study can be built upon, and gets it.

    Raises:
        UsageError: highdicom is not installed.
        InvalidInputError: the source's header lacks what a result has to repeat.
    """
    if find_spec("highdicom") is None:
        expected = "the extra: pip install 'monai-skin[dicom]'"
        raise UsageError.about("dicom", "highdicom", "is not installed", expected=expected)
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        uid_of(source, keyword)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote values of the header
            yield _readable_text(source)
    except SkinError:
        raise
    except Exception as error:  # as many unrelated kinds as pydicom raises, see `dicom_boundary`
        problem = "lacks or contradicts what a result has to repeat"
        expected = "the patient and study elements of PS3.3 C.7.1 and C.7.2"
        raise InvalidInputError.about(source.source, "header", problem, expected=expected) from error


def _readable_text(source: DicomFile) -> pydicom.Dataset:
    """The header, in UTF-8 where it switches between character sets, as Japanese and Korean ones do.

    highdicom refuses an empty first value, by which they say that they begin in ASCII.
    """
    header = source.dataset
    stated = header.get("SpecificCharacterSet", "ISO_IR 6")
    if not stated or isinstance(stated, MultiValue):
        header = pydicom.Dataset()
        header.update(source.dataset)
        header.file_meta = source.dataset.file_meta
        header.decode()
        header.SpecificCharacterSet = "ISO_IR 192"
    if any(_NO_CHARACTER in str(header.get(keyword, "")) for keyword in ("PatientName", "PatientID")):
        problem = "is not that of the patient's name or number"
        raise InvalidInputError.about(source.source, "SpecificCharacterSet", problem, expected="that of the header")
    return header


def object_content(dataset: pydicom.Dataset, source: str) -> bytes:
    """The object as the content of a DICOM file.

    Raises:
        InvalidInputError: an element holds what cannot be written, such as one that was damaged in the source.
    """
    stream = io.BytesIO()
    with dicom_boundary(source, "header"):
        pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def write_object(path: str | os.PathLike[str], dataset: pydicom.Dataset) -> None:
    """Write an object as a DICOM file, whole or not at all.

    Raises:
        InvalidInputError: as for :func:`object_content`.
        StorageError: the disk is full, read-only or refuses us.
    """
    atomic_write(path, object_content(dataset, source_name(path)))
