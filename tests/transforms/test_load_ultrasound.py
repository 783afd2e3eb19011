# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import LoadUltrasound, LoadUltrasoundd

GREY = np.random.default_rng(0).integers(0, 256, (20, 30), np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_grey_picture_is_read_bit_for_bit_whether_it_has_one_channel_or_three_alike(channels, tmp_path):
    pixels = GREY if channels == 1 else np.repeat(GREY[..., None], 3, axis=2)
    Image.fromarray(pixels).save(tmp_path / "us.png")
    loaded = LoadUltrasound()(tmp_path / "us.png")
    np.testing.assert_array_equal(loaded.numpy(), GREY[None])
    assert loaded.shape == (1, 20, 30) and loaded.meta["full_size"] == (20, 30) and loaded.meta["notes"] == ""
    assert loaded.meta["filename_or_obj"].endswith("us.png")


def test_a_picture_with_colours_becomes_its_luma_and_says_so():
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[:, :8] = (200, 100, 50)
    loaded = LoadUltrasound()(cv2.imencode(".png", pixels[..., ::-1])[1].tobytes())
    # ITU-R BT.601: 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
    assert set(loaded[0, :, :8].flatten().tolist()) == {124} and not loaded[0, :, 8:].any()
    assert loaded.meta["notes"] == "ultrasound with colours was turned to grey"


@pytest.mark.parametrize("file", [None, ""])
def test_a_missing_picture_is_named(file):
    with pytest.raises(
        InvalidInputError, match="^ultrasound: file is missing; expected a picture beside the photograph"
    ):
        LoadUltrasoundd(keys="ultrasound")({"ultrasound": file})


def test_a_file_that_is_no_picture_is_named(tmp_path):
    (tmp_path / "us.png").write_text("no picture")
    with pytest.raises(InvalidInputError, match=r"us\.png: image is not a picture of a known kind"):
        LoadUltrasound()(tmp_path / "us.png")
