# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Small DICOM objects, built element by element."""

from __future__ import annotations

import io
import shutil
import subprocess
import warnings
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit

DERMOSCOPIC, PHOTOGRAPHIC = "1.2.840.10008.5.1.4.1.1.77.1.7", "1.2.840.10008.5.1.4.1.1.77.1.4"
STUDY, SERIES, INSTANCE = "2.25.100", "2.25.200", "2.25.300"


def scene(rows: int = 20, columns: int = 30) -> np.ndarray:
    """(H, W, 3) with four distinct quadrants: red, green, blue and skin."""
    pixels = np.empty((rows, columns, 3), np.uint8)
    pixels[: rows // 2, : columns // 2], pixels[: rows // 2, columns // 2 :] = (200, 10, 10), (10, 200, 10)
    pixels[rows // 2 :, : columns // 2], pixels[rows // 2 :, columns // 2 :] = (10, 10, 200), (220, 170, 150)
    return pixels


def dataset(pixels: np.ndarray | bytes | None = None, syntax: str = ExplicitVRLittleEndian, **elements: Any) -> Dataset:
    """A photograph with these pixels; an element given as None is left out."""
    pixels = scene() if pixels is None else pixels
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = UID(syntax)
    rows, columns = (20, 30) if isinstance(pixels, bytes) else pixels.shape[-3:-1]
    values = {
        "SOPClassUID": PHOTOGRAPHIC,
        "SOPInstanceUID": INSTANCE,
        "SeriesInstanceUID": SERIES,
        "StudyInstanceUID": STUDY,
        "StudyDate": "20200101",
        "StudyTime": "120000",
        "PatientName": "Canary^Name",
        "PatientID": "CANARY-ID",
        "PatientBirthDate": "",
        "PatientSex": "F",
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "StudyID": "",
        "Modality": "XC",
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": 0,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
        **elements,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some values are wrong on purpose
        for keyword, value in values.items():
            if value is not None:
                setattr(found, keyword, value)
    if "PixelData" not in elements:
        found.PixelData = pixels if isinstance(pixels, bytes) else pixels.tobytes()
        found["PixelData"].VR = "OB" if found.get("BitsAllocated", 8) == 8 else "OW"
    return found


def written(found: Dataset) -> bytes:
    """The object as a file's content."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _written(found)


def _written(found: Dataset) -> bytes:
    stream = io.BytesIO()
    found.file_meta.MediaStorageSOPClassUID = found.get("SOPClassUID", PHOTOGRAPHIC)
    found.file_meta.MediaStorageSOPInstanceUID = found.get("SOPInstanceUID", INSTANCE)
    pydicom.dcmwrite(stream, found, enforce_file_format=True)
    return stream.getvalue()


def object_bytes(*args: Any, **elements: Any) -> bytes:
    return written(dataset(*args, **elements))


def jpeg_object(frames: list[bytes], **elements: Any) -> bytes:
    """An object of these JPEG frames, 20 x 30 pixels each."""
    values = {"PhotometricInterpretation": "YBR_FULL_422", "NumberOfFrames": len(frames), **elements}
    found = dataset(encapsulate(frames), JPEGBaseline8Bit, **values)
    found["PixelData"].is_undefined_length = True
    return written(found)


def faults(path: Any) -> list[str]:
    """The errors that dciodvfy finds in a file."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("needs dciodvfy, of the package dicom3tools")
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, errors="replace")
    return [line for line in done.stderr.splitlines() if line.startswith("Error")]
