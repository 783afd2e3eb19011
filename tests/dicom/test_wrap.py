# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Photographs as DICOM."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest
from PIL import Image

from monai_skin.dicom import WrapOptions, read_dermoscopy_object, wrap_photograph, write_object
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_image
from tests.dicom.objects import DERMOSCOPIC, faults, scene

KNOWN = WrapOptions(
    patient_id="P1",
    age=34,
    sex="female",
    site="back",
    laterality="L",
    spacing=0.05,
    contact="contact",
    light="polarized",
)


def encoded(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(scene()).save(stream, kind, **options)
    return stream.getvalue()


def exif(**numbers: int) -> Image.Exif:
    found = Image.Exif()
    found[0x010E] = "CANARY"
    for value in numbers.values():
        found[0x0112] = value
    return found


PHOTOGRAPHS = {
    "jpeg": encoded("JPEG", exif=exif(), comment=b"CANARY"),
    "turned": encoded("JPEG", exif=exif(orientation=6)),
    "full colour": encoded("JPEG", subsampling=0),
    "progressive": encoded("JPEG", progressive=True),
    "png": encoded("PNG"),
}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_j2_g11_a_photograph_becomes_a_valid_object_with_its_own_pixels_and_without_exif(name, tmp_path):
    path = tmp_path / "lesion.dcm"
    write_object(path, wrap_photograph(PHOTOGRAPHS[name], KNOWN))
    assert b"CANARY" not in path.read_bytes()
    found = read_dermoscopy_object(path)
    assert np.array_equal(found.pixels[0], read_image(PHOTOGRAPHS[name]).pixels)
    assert found[1:6] == (34.0, "female", "back", "L", (0.05, 0.05)) and found.sop_class_uid == DERMOSCOPIC
    header = pydicom.dcmread(path)
    assert header.LossyImageCompression == ("00" if name == "png" else "01")
    assert (header.ContactMethod, header.LightSourcePolarization) == ("CONTACT", "POLARIZED")
    assert not faults(path)


def test_a_plain_jpeg_is_not_compressed_again():
    assert wrap_photograph(PHOTOGRAPHS["jpeg"]).file_meta.TransferSyntaxUID == pydicom.uid.JPEGBaseline8Bit
    assert wrap_photograph(PHOTOGRAPHS["turned"]).PhotometricInterpretation == "RGB"


def test_what_is_not_known_is_left_open_and_half_a_year_is_six_months(tmp_path):
    path = tmp_path / "lesion.dcm"
    write_object(path, wrap_photograph(PHOTOGRAPHS["png"]))
    assert read_dermoscopy_object(path)[1:6] == (None, "unknown", "unknown", "U", None)
    assert wrap_photograph(PHOTOGRAPHS["png"], WrapOptions(age=0.5)).PatientAge == "006M"
    assert not faults(path)


@pytest.mark.parametrize(
    ("options", "kind", "found"),
    [
        ({"site": "torsoo"}, InvalidInputError, "site is 'torsoo'"),
        ({"site": "acral"}, InvalidInputError, "site is 'acral', which has no code"),
        ({"age": 130}, InvalidInputError, "age is 130"),
        ({"spacing": 0.0}, UsageError, "spacing is 0.0"),
        ({"laterality": "Q"}, UsageError, "laterality is 'Q'"),
        ({"light": "blue"}, UsageError, "light is 'blue'; expected one of polarized, non_polarized"),
        ({"study_uid": "../x"}, UsageError, "study UID is not valid"),
    ],
)
def test_an_option_outside_its_words_is_named(options, kind, found):
    with pytest.raises(kind, match=f"^wrap: {found}"):
        wrap_photograph(PHOTOGRAPHS["png"], WrapOptions(**options))
    with pytest.raises(InvalidInputError, match="^a.jpg: image is cut off"):
        wrap_photograph(PHOTOGRAPHS["jpeg"][:-50], source="a.jpg")
