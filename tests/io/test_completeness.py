# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A file that ends before its picture does is refused, also where the decoder would paint the rest grey."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFile

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image
from monai_skin.io.jpeg import MAX_SCANS
from tests.io.pictures import JPEGS, LOSSLESS_FILES, jpeg, pixels_of, scene

END = b"\xff\xd9"
TAILS = {
    "nothing": b"",
    "an end mark": END,
    "garbage and an end mark": bytes(range(1, 40)) + END,
    "zeros": bytes(40_000),
    "another picture": jpeg(),
}


def offsets(data: bytes, start: int = 9, count: int = 20) -> list[int]:
    return np.linspace(start, len(data) - 3, count).astype(int).tolist()


@pytest.mark.parametrize("name", [*JPEGS, *LOSSLESS_FILES])
def test_a1_a_file_cut_at_twenty_places_is_refused(name):
    data = {**JPEGS, **LOSSLESS_FILES}[name]
    for offset in offsets(data):
        with pytest.raises(InvalidInputError, match="cut off after|damaged"):
            read_image(data[:offset])


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("name", JPEGS)
def test_a1_a_cut_jpeg_is_refused_whatever_follows_the_cut(name, tail):
    data = JPEGS[name]
    whole = pixels_of_bytes(data)
    for offset in offsets(data, start=data.index(b"\xff\xda") + 20):
        try:
            found = pixels_of_bytes(data[:offset] + TAILS[tail])
        except InvalidInputError:
            continue
        # Garbage can stand in for as many bits of the last blocks as it has itself; no decoder can tell.
        assert np.abs(found.astype(int) - whole).mean() < 3, f"cut at {offset} of {len(data)}"


@pytest.mark.parametrize("min_side", [4, 9, 20, 45])
@pytest.mark.parametrize("name", JPEGS)
def test_a1_a_cut_jpeg_is_refused_at_a_reduced_scale_unless_nothing_of_it_is_missing_there(name, min_side):
    data = JPEGS[name]
    whole = read_image(data, min_side=min_side).pixels
    try:
        found = read_image(data[: len(data) * 3 // 4] + END, min_side=min_side).pixels
    except InvalidInputError as error:
        assert "cut off" in str(error)
    else:  # the last scan of a progressive file refines what a small picture does not show
        assert np.array_equal(found, whole)
        assert "progressive" in name


def pixels_of_bytes(data: bytes) -> np.ndarray:
    return read_image(data).pixels


@pytest.mark.parametrize("name", JPEGS)
@pytest.mark.parametrize("size", [(8, 8), (17, 33), (16, 16), (1, 1), (100, 7)])
def test_whole_jpegs_of_any_size_and_coding_are_read(name, size):
    options = {
        "progressive": "progressive" in name,
        "restart_marker_rows": 1 if "row" in name else 0,
        "restart_marker_blocks": 3 if "units" in name else 0,
    }
    for image in (scene(*size), Image.new("RGB", size[::-1], (128, 128, 128))):
        decoded = read_image(jpeg(image, **options)).pixels
        assert np.abs(decoded.astype(int) - pixels_of(image)).mean() < 12


def test_a_grey_picture_is_not_taken_for_a_cut_one():
    grey = Image.new("RGB", (200, 100), (128, 128, 128))
    assert (read_image(jpeg(grey)).pixels == 128).all()


def test_a_thumbnail_inside_the_header_does_not_count():
    thumbnail = jpeg(scene(16, 16), restart_marker_blocks=1)
    data = jpeg(exif=b"Exif\0\0" + thumbnail)
    assert read_image(data).pixels.shape == (3, 90, 140)
    with pytest.raises(InvalidInputError, match="cut off"):
        read_image(data[: data.rindex(END)])


def test_what_follows_the_picture_is_left_alone():
    assert np.array_equal(read_image(jpeg() + b"PK\x03\x04 and more").pixels, read_image(jpeg()).pixels)


def test_a_jpeg_that_repeats_its_scans_is_refused():
    data = JPEGS["progressive"]
    start, end = data.rindex(b"\xff\xda"), data.rindex(END)
    with pytest.raises(InvalidInputError, match=rf"has \d+ scans; expected at most {MAX_SCANS}"):
        read_image(data[:end] + data[start:end] * MAX_SCANS + END)


def test_a_png_with_a_wrong_checksum_is_refused():
    data = bytearray(LOSSLESS_FILES["PNG"])
    place = data.index(b"IDAT") + 4 + 20
    data[place] ^= 1
    with pytest.raises(InvalidInputError, match="damaged"):
        read_image(bytes(data))


def test_pillow_still_refuses_cut_files_by_itself():
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
