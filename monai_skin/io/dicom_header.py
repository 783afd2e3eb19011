# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Opening a DICOM object: every limit and every contradiction in its header is found before a pixel is decoded.

pydicom reads tolerantly, which for pixels is dangerous: data twice as long become more frames, three channels that are
said to be one become three frames. What it hands over is therefore checked here against PS3.3 C.7.6.3.
"""

from __future__ import annotations

import io
import logging
import math
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pydicom
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from monai_skin.errors import InvalidInputError, SkinError
from monai_skin.io.decoding import MAX_PIXELS, most_bytes
from monai_skin.io.files import FileOrBytes, read_bytes, source_name

__all__ = [
    "OWN_NAME",
    "PICTURE_CLASSES",
    "DicomFile",
    "DicomShape",
    "dicom_boundary",
    "is_dicom",
    "open_dicom",
    "whole_number",
]

logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # its warnings quote values of the header

PICTURE_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.77.1.7": "Dermoscopic Photography",
    "1.2.840.10008.5.1.4.1.1.77.1.4": "VL Photographic",
    "1.2.840.10008.5.1.4.1.1.77.1.1": "VL Endoscopic",
    "1.2.840.10008.5.1.4.1.1.77.1.2": "VL Microscopic",
    "1.2.840.10008.5.1.4.1.1.7": "Secondary Capture",
    "1.2.840.10008.5.1.4.1.1.7.2": "Multi-frame Grayscale Byte Secondary Capture",
    "1.2.840.10008.5.1.4.1.1.7.4": "Multi-frame True Color Secondary Capture",
    "1.2.840.10008.5.1.4.1.1.6.1": "Ultrasound",
    "1.2.840.10008.5.1.4.1.1.6": "Ultrasound (retired)",
    "1.2.840.10008.5.1.4.1.1.3.1": "Ultrasound Multi-frame",
    "1.2.840.10008.5.1.4.1.1.3": "Ultrasound Multi-frame (retired)",
}
"""SOP classes whose objects are pictures of the skin or may be."""

OWN_NAME = "monai_skin"
_DIRECTORY = "1.2.840.10008.1.3.10"
_PREAMBLE, _MARK = 128, b"DICM"
_META_START = 144  # preamble, mark and the element that holds the length of the rest of the meta information
_SAMPLES = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
}


class DicomShape(NamedTuple):
    """What the header says of the pixels, once it was found to agree with itself."""

    frames: int
    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    photometric: str


class DicomFile(NamedTuple):
    """An opened object whose pixels were not decoded yet.

    Args:
        dataset: of pydicom; its elements may still raise when they are asked for, so use :func:`dicom_boundary`.
        shape: of the pixels.
        source: what errors call it, never a name or number from within it.
    """

    dataset: pydicom.Dataset
    shape: DicomShape
    source: str


def is_dicom(data: bytes) -> bool:
    """Whether these first 132 bytes or more begin a DICOM file."""
    return data[_PREAMBLE : _PREAMBLE + 4] == _MARK


@contextmanager
def dicom_boundary(source: str, field: str = "file") -> Iterator[None]:
    """Whatever pydicom raises inside becomes one :class:`InvalidInputError`.

    Its warnings, which quote values, are kept in. A damaged object makes pydicom raise eight unrelated kinds, from
    ``AttributeError`` to ``struct.error``.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except SkinError:
        raise
    except Exception as error:
        problem = "is damaged, or of a kind that is not read"
        raise InvalidInputError.about(source, field, problem, expected="a whole DICOM object") from error


def open_dicom(file: FileOrBytes, *, source: str | None = None, max_pixels: int = MAX_PIXELS) -> DicomFile:
    """Read an object's header and check class, transfer syntax, size, depth and colour model.

    Raises:
        InvalidInputError: not DICOM, not a picture, too large, or a header that contradicts itself; the field is named.
    """
    name = source_name(file, source)
    limit = most_bytes(max_pixels)
    data = read_bytes(file, source=name, max_bytes=limit)
    if not is_dicom(data):
        raise InvalidInputError.about(name, "file", "has no DICOM mark at byte 128", expected="a DICOM file (PS3.10)")
    with dicom_boundary(name):
        _check_meta(data, limit, name)
        dataset = pydicom.dcmread(io.BytesIO(data))
        _check_class(dataset, name)
        return DicomFile(dataset, _shape_of(dataset, name, max_pixels), name)


def _check_meta(data: bytes, limit: int, name: str) -> None:
    """The transfer syntax decides how the rest is read, and whether it has to be inflated first."""
    stop = _META_START + int.from_bytes(data[_META_START - 4 : _META_START], "little")
    if data[132:140] != b"\x02\x00\x00\x00UL\x04\x00" or stop > len(data):
        problem = "is absent or points behind the end of the file"
        raise InvalidInputError.about(name, "FileMetaInformationGroupLength", problem, expected="a whole DICOM file")
    meta = pydicom.dcmread(io.BytesIO(data[:stop])).file_meta
    if meta.get("MediaStorageSOPClassUID") == _DIRECTORY:
        problem = "is a DICOMDIR"
        raise InvalidInputError.about(name, "file", problem, expected="one of the objects it lists")
    syntax = meta.get("TransferSyntaxUID")
    if not isinstance(syntax, UID) or not syntax.is_transfer_syntax or syntax.is_private:
        problem = "is absent" if syntax is None else "is not one of the standard's"
        raise InvalidInputError.about(name, "TransferSyntaxUID", problem, expected="one of PS3.6 table A-1")
    if syntax == DeflatedExplicitVRLittleEndian:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        inflate.decompress(data[stop:], limit)
        if inflate.unconsumed_tail:
            problem = f"inflates to more than {limit:,} bytes"
            raise InvalidInputError.about(name, "file", problem, expected=f"at most {limit:,}")


def _check_class(dataset: pydicom.Dataset, name: str) -> None:
    found = dataset.get("SOPClassUID")
    if found in PICTURE_CLASSES:
        derived = "DERIVED" in str(dataset.get("ImageType", ""))
        if derived and dataset.get("Manufacturer") == OWN_NAME:  # else a folder's results would be its next input
            problem = f"is {OWN_NAME}, and the picture is derived"
            raise InvalidInputError.about(name, "Manufacturer", problem, expected="a picture, not a result drawn on it")
        return
    problem = "is absent" if not isinstance(found, UID) else f"is {found.name if found.is_valid else 'no UID'}"
    expected = "a photograph, such as Dermoscopic or VL Photographic, a secondary capture or an ultrasound image"
    raise InvalidInputError.about(name, "SOPClassUID", problem, expected=expected)


def _shape_of(dataset: pydicom.Dataset, name: str, max_pixels: int) -> DicomShape:
    photometric = dataset.get("PhotometricInterpretation")
    samples = whole_number(dataset, "SamplesPerPixel", name)
    if photometric not in _SAMPLES:
        problem = "is absent" if photometric is None else "is not one this reader knows"
        raise InvalidInputError.about(
            name, "PhotometricInterpretation", problem, expected=f"one of {', '.join(_SAMPLES)}"
        )
    if samples != _SAMPLES[photometric]:
        problem = f"is {photometric} with {samples} {'sample' if samples == 1 else 'samples'} per pixel"
        expected = f"{_SAMPLES[photometric]} with that, or another colour model"
        raise InvalidInputError.about(name, "PhotometricInterpretation", problem, expected=expected)
    rows, columns = (whole_number(dataset, keyword, name) for keyword in ("Rows", "Columns"))
    frames = whole_number(dataset, "NumberOfFrames", name, default=1)
    if min(rows, columns, frames) < 1:
        field = next(key for key, n in (("Rows", rows), ("Columns", columns), ("NumberOfFrames", frames)) if n < 1)
        raise InvalidInputError.about(name, field, "is not positive", expected="1 or more")
    if math.prod((rows, columns, frames)) > max_pixels:
        problem = f"times Columns times frames is {rows:,} x {columns:,} x {frames:,} pixels"
        raise InvalidInputError.about(name, "Rows", problem, expected=f"at most {max_pixels:,} pixels")
    allocated, stored = _bits_of(dataset, photometric, name)
    return DicomShape(frames, rows, columns, samples, allocated, stored, str(photometric))


def _bits_of(dataset: pydicom.Dataset, photometric: str, name: str) -> tuple[int, int]:
    allocated, stored = (whole_number(dataset, keyword, name) for keyword in ("BitsAllocated", "BitsStored"))
    if allocated not in (8, 16):
        raise InvalidInputError.about(name, "BitsAllocated", f"is {allocated}", expected="8 or 16")
    least = 1 if photometric == "PALETTE COLOR" else 8
    most = 8 if photometric.startswith("MONOCHROME") else allocated
    if not least <= stored <= min(most, allocated):
        expected = f"{least} to {most}" if least < most else f"{most}, as {photometric} has no other way to eight bits"
        raise InvalidInputError.about(name, "BitsStored", f"is {stored} of {allocated} allocated", expected=expected)
    if whole_number(dataset, "HighBit", name, default=stored - 1) != stored - 1:
        raise InvalidInputError.about(name, "HighBit", "is not BitsStored - 1", expected=f"{stored - 1}")
    if whole_number(dataset, "PixelRepresentation", name, default=0) != 0:
        raise InvalidInputError.about(name, "PixelRepresentation", "is signed", expected="0, unsigned")
    if dataset.get("PlanarConfiguration", 0) not in (0, 1, None):
        raise InvalidInputError.about(name, "PlanarConfiguration", "is neither 0 nor 1", expected="0 or 1")
    return allocated, stored


def whole_number(dataset: pydicom.Dataset, keyword: str, name: str, *, default: int | None = None) -> int:
    """The one whole number of an element, or ``default`` where the element is absent or empty.

    Raises:
        InvalidInputError: it is absent without a default, several numbers, or none.
    """
    try:
        value = dataset.get(keyword)
    except Exception:
        value = ()
    if value in (None, "") and default is not None:
        return default
    if isinstance(value, int):
        return int(value)
    problem = "is absent" if value in (None, "") else "is not one whole number"
    raise InvalidInputError.about(name, keyword, problem, expected="one whole number")
