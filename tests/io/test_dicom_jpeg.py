# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A camera's JPEG is read alike as a file and inside a DICOM object, at every scale."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import encapsulate

from monai_skin.dicom import WrapOptions, wrap_photograph, write_object
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image
from monai_skin.io.dicom_header import open_dicom
from monai_skin.io.dicom_jpeg import camera_jpeg
from monai_skin.io.dicom_pixels import decode_dicom


def photograph(path, **words):
    """640 x 480 pixels with structure at all scales, as a camera compresses them."""
    rows, columns = np.mgrid[:480, :640]
    waves = [np.sin(rows / period) * np.cos(columns / (period + 2)) for period in (2, 9, 60)]
    pixels = np.stack([127 + 100 * wave for wave in waves], axis=-1).round().astype(np.uint8)
    Image.fromarray(pixels).save(path, **{"quality": 90, "subsampling": 1, **words})
    return path


@pytest.fixture
def both(tmp_path):
    file = photograph(tmp_path / "photograph.jpg")
    write_object(tmp_path / "object.dcm", wrap_photograph(file, WrapOptions()))
    return file, tmp_path / "object.dcm"


@pytest.mark.parametrize("min_side", [32, 100, 200, 480])
def test_an_object_gives_the_pixels_of_its_photograph_at_every_scale(both, min_side):
    file, wrapped = (read_image(path, min_side=min_side) for path in both)
    assert np.array_equal(file.pixels, wrapped.pixels) and wrapped.full_size == (480, 640)
    assert min(wrapped.pixels.shape[1:]) >= min_side


def test_a_small_picture_is_wanted_and_not_a_reduced_one_where_nobody_asked(both):
    assert read_image(both[1]).pixels.shape == (3, 480, 640)
    assert read_image(both[1], min_side=100).pixels.shape == (3, 120, 160)


@pytest.mark.parametrize(
    "change",
    [
        {"PhotometricInterpretation": "YBR_FULL"},
        {"ICCProfile": b"profile"},
        {"PhotometricInterpretation": "RGB"},
    ],
)
def test_what_only_the_header_tells_of_colours_goes_the_usual_way(both, change):
    dataset = pydicom.dcmread(both[1])
    for keyword, value in change.items():
        setattr(dataset, keyword, value)
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset)
    assert camera_jpeg(open_dicom(stream.getvalue(), source="x")) is None


def test_a_jpeg_of_another_colour_model_than_the_header_states_goes_the_usual_way(both, tmp_path):
    dataset = pydicom.dcmread(both[1])
    Image.new("RGB", (640, 480)).save(tmp_path / "rgb.jpg", keep_rgb=True, subsampling=0)
    dataset.PixelData = encapsulate([(tmp_path / "rgb.jpg").read_bytes()])
    write_object(tmp_path / "rgb.dcm", dataset)
    assert camera_jpeg(open_dicom(tmp_path / "rgb.dcm")) is None


def test_a_cut_jpeg_is_refused_at_every_scale(both, tmp_path):
    dataset = pydicom.dcmread(both[1])
    (whole,) = pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1)
    dataset.PixelData = encapsulate([whole[: len(whole) // 2]])
    write_object(tmp_path / "cut.dcm", dataset)
    for min_side in (None, 32):
        with pytest.raises(InvalidInputError, match=r"^cut\.dcm: PixelData"):
            read_image(tmp_path / "cut.dcm", min_side=min_side)


def test_the_usual_way_gives_the_same_colours_in_full(both):
    planes, _ = decode_dicom(open_dicom(both[1]))
    assert np.abs(planes[0].astype(int) - read_image(both[0]).pixels).max() <= 1
