# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""JPEG files without what tells of the person."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from monai_skin.io.jpeg_segments import jpeg_frame, without_metadata
from tests.dicom.objects import scene


def encoded(**options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(scene()).save(stream, "JPEG", **options)
    return stream.getvalue()


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def test_exif_comments_and_what_follows_the_picture_go_and_no_pixel_changes():
    exif = Image.Exif()
    exif[0x010E] = "CANARY of EXIF"
    data = encoded(exif=exif, comment=b"CANARY of a comment") + b"CANARY behind the end"
    clean = without_metadata(data)
    assert data.count(b"CANARY") == 3 and b"CANARY" not in clean
    assert np.array_equal(pixels(clean), pixels(data))


@pytest.mark.parametrize(
    ("options", "model"),
    [({}, "YBR_FULL_422"), ({"subsampling": 0}, "YBR_FULL"), ({"keep_rgb": True}, "RGB")],
)
def test_the_colour_model_is_read_from_the_frame(options, model):
    assert jpeg_frame(encoded(**options)).photometric == model


def test_a_progressive_jpeg_is_not_baseline_and_a_profile_is_seen():
    assert jpeg_frame(encoded()).baseline and not jpeg_frame(encoded(progressive=True)).baseline
    assert jpeg_frame(encoded(icc_profile=b"x" * 200)).has_profile and not jpeg_frame(encoded()).has_profile


def test_what_has_no_scan_is_no_jpeg():
    with pytest.raises(ValueError, match="no scan"):
        without_metadata(b"\xff\xd8\xff\xd9")
