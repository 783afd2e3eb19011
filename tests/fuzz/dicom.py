# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Any bytes give a DICOM picture or a typed error. `python -m tests.fuzz.dicom -max_total_time=60` searches for others.

As for :mod:`tests.fuzz.images`: the search is guided by coverage, the tests replay a corpus through the same function.
"""

from __future__ import annotations

import numpy as np
import pydicom
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from monai_skin.dicom import (
    ModelIdentity,
    deidentify_object,
    describe_object,
    make_overlay,
    make_presentation,
    make_report,
    make_segmentation,
    read_dermoscopy_object,
)
from monai_skin.dicom.result import object_content
from monai_skin.errors import InvalidInputError
from monai_skin.io import image_size, read_image
from monai_skin.io.dicom_header import DicomFile, is_dicom, open_dicom
from tests.dicom.objects import dataset, jpeg_object, object_bytes, scene, written
from tests.fuzz.search import require, search
from tests.strategies import encoded

MAX_PIXELS = 100_000  # keeps one search step short; the limit itself is tested elsewhere
SALT = b"sixteen bytes or more"
MODEL = ModelIdentity("fuzz", "1", 64 * "a")
SMALL = scene(4, 6)


def one_object(data: bytes) -> None:
    """The harness: every door that DICOM goes through, and the promises that hold for whatever comes through."""
    for door in (_picture, _description, _clean_copy, _results):
        try:
            door(data)
        except InvalidInputError as error:
            text = str(error)
            require(text.startswith(("fuzz: ", "bytes in memory: ")) and "; expected " in text)
            require("Canary" not in text and "CANARY" not in text)


def _picture(data: bytes) -> None:
    found = read_dermoscopy_object(data, source="fuzz", max_pixels=MAX_PIXELS)
    frames, channels, rows, columns = found.pixels.shape
    require(found.pixels.dtype == np.uint8 and channels == 3 and min(frames, rows, columns) > 0)
    require(image_size(data, max_pixels=MAX_PIXELS) == (rows, columns))
    require(found.age is None or 0 <= found.age <= 120)
    if frames == 1:
        require(np.array_equal(read_image(data, max_pixels=MAX_PIXELS).pixels, found.pixels[0]))


def _description(data: bytes) -> None:
    if is_dicom(data):
        shown = str(describe_object(data, source="fuzz"))
        require("Canary" not in shown and "CANARY" not in shown)


def _clean_copy(data: bytes) -> None:
    """What can be read and is not refused has a copy with the same pixels, and without the canary of the seeds."""
    opened = open_dicom(data, source="fuzz", max_pixels=MAX_PIXELS)
    clean = deidentify_object(opened, SALT, keep_characteristics=True)
    copy = object_content(clean, "fuzz")
    before = read_dermoscopy_object(data, source="fuzz", max_pixels=MAX_PIXELS)
    after = read_dermoscopy_object(copy, max_pixels=MAX_PIXELS)
    require(np.array_equal(before.pixels, after.pixels))


def _results(data: bytes) -> None:
    opened = open_dicom(data, source="fuzz", max_pixels=MAX_PIXELS)
    mask = np.ones((opened.shape.rows, opened.shape.columns), bool)
    for kind in ("seg", "pr", "sr", "sc"):
        try:
            object_content(_result(kind, opened, mask), "fuzz")
        except InvalidInputError as error:
            require("; expected " in str(error))


def _result(kind: str, opened: DicomFile, mask: np.ndarray) -> pydicom.Dataset:
    if kind == "seg":
        return make_segmentation(opened, mask, MODEL)
    if kind == "pr":
        return make_presentation(opened, mask, MODEL)
    if kind == "sr":
        return make_report(opened, {"mel": 0.5}, MODEL, mask=mask)
    return make_overlay(opened, np.zeros((3, 4, 5), np.uint8))


def with_a_mark(data: bytes) -> bytes:
    """A changed object with its mark put right: otherwise most changes are refused for it alone."""
    return data[:128] + b"DICM" + data[132:]


def seeds() -> dict[str, bytes]:
    """One small object of each kind and coding that is read."""
    region = pydicom.Dataset()
    region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = "77568009", "SCT", "Back"
    person = {"PatientAge": "034Y", "BodyPartExamined": "BACK", "PixelSpacing": [0.1, 0.1]}
    grey = {"SamplesPerPixel": 1, "PlanarConfiguration": None}
    jpeg = encoded(Image.fromarray(SMALL), "JPEG", exif=b"Exif\0\0CANARY", comment=b"CANARY")
    size = {"Rows": 4, "Columns": 6}
    files = {
        "rgb": object_bytes(SMALL, **person),
        "planes": object_bytes(SMALL.transpose(2, 0, 1).tobytes(), PlanarConfiguration=1, **size),
        "implicit": object_bytes(SMALL, ImplicitVRLittleEndian, AnatomicRegionSequence=Sequence([region])),
        "deflated": object_bytes(SMALL, DeflatedExplicitVRLittleEndian),
        "frames": object_bytes(np.stack([SMALL, SMALL]), NumberOfFrames=2),
        "ybr": object_bytes(np.full_like(SMALL, 128), PhotometricInterpretation="YBR_FULL"),
        "monochrome1": object_bytes(SMALL[..., :1], PhotometricInterpretation="MONOCHROME1", **grey),
        "deep": object_bytes(SMALL.astype("<u2") << 4, BitsAllocated=16, BitsStored=12, HighBit=11),
        "born": object_bytes(SMALL, PatientBirthDate="19800101", SpecificCharacterSet="ISO_IR 192"),
        "jpeg": jpeg_object([jpeg], **size),
        "two jpegs": jpeg_object([jpeg, jpeg], **size),
        "palette": written(_palette()),
    }
    for name, syntax, model in (("j2k", JPEG2000Lossless, "YBR_RCT"), ("jpegls", JPEGLSLossless, "RGB")):
        frame = _codestream(syntax)
        found = dataset(encapsulate([frame]), syntax, PhotometricInterpretation=model, **size)
        found["PixelData"].is_undefined_length = True
        files[name] = written(found)
    packed = dataset(SMALL)
    packed.compress(RLELossless)
    return files | {"rle": written(packed)}


def _palette() -> pydicom.Dataset:
    elements = {"PhotometricInterpretation": "PALETTE COLOR", "SamplesPerPixel": 1, "PlanarConfiguration": None}
    found = dataset(np.arange(24, dtype=np.uint8).reshape(4, 6, 1), **elements)
    for colour in ("Red", "Green", "Blue"):
        setattr(found, f"{colour}PaletteColorLookupTableDescriptor", [32, 0, 16])
        setattr(found, f"{colour}PaletteColorLookupTableData", (np.arange(32, dtype="<u2") * 257 * 8).tobytes())
    return found


def _codestream(syntax: str) -> bytes:
    if syntax == JPEG2000Lossless:
        return encoded(Image.fromarray(SMALL), "JPEG2000", no_jp2=True, irreversible=False)
    found = dataset(SMALL)
    found.compress(JPEGLSLossless)
    return next(pydicom.encaps.generate_frames(found.PixelData, number_of_frames=1))


def main() -> None:
    search(
        "dicom",
        seeds(),
        lambda data: one_object(with_a_mark(data)),
        ("monai_skin.io.", "monai_skin.dicom.", "pydicom."),
    )


if __name__ == "__main__":
    main()
