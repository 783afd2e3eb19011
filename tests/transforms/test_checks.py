# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One checker serves all transforms, and its sentences say what was found."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from monai.data import MetaTensor, set_track_meta

from monai_skin.errors import InvalidInputError
from monai_skin.transforms.checks import MIN_SIDE, check_finite, check_image, check_size, like, plain, source_of


def test_a9_the_count_and_the_first_position_are_named():
    image = torch.zeros(3, 20, 20)
    image[0, 4, 5], image[2, 1, 1] = torch.nan, -torch.inf
    message = r"^mole: pixels hold 2 non-finite value\(s\), the first at \(0, 4, 5\); expected finite numbers only"
    with pytest.raises(InvalidInputError, match=message):
        check_finite(image, "mole")


def test_half_precision_and_double_are_images_too():
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        check_image(torch.zeros(3, 4, 4, dtype=dtype), "image")


def test_interpolation_may_leave_the_range_by_a_hair():
    check_image(torch.full((3, 4, 4), 1.0005), "image")
    with pytest.raises(InvalidInputError, match=r"float from 1\.01 to 1\.01"):
        check_image(torch.full((3, 4, 4), 1.01), "image")


def test_a11_the_smallest_side_allowed_is_16():
    check_size(torch.zeros(3, MIN_SIDE, MIN_SIDE), "image")
    with pytest.raises(InvalidInputError, match="size is 15 x 16; expected at least 16 pixels along each side"):
        check_size(torch.zeros(3, 15, 16), "image")


def test_the_source_is_the_file_name_without_its_folder_or_a_word():
    assert source_of(MetaTensor(torch.zeros(1), meta={"filename_or_obj": "/a/b/c.jpg"})) == "c.jpg"
    assert source_of(MetaTensor(torch.zeros(1), meta={"filename_or_obj": ""})) == "image"
    assert source_of(torch.zeros(1), "mask") == "mask"


def test_plain_takes_metadata_off_without_copying():
    image = torch.zeros(3, 4, 4)
    assert type(plain(MetaTensor(image))) is torch.Tensor and plain(image) is image
    assert plain(np.ones(3)).tolist() == [1, 1, 1]


def test_like_copies_metadata_so_that_a_later_change_does_not_reach_the_input():
    image = MetaTensor(torch.zeros(3, 4, 4), meta={"full_size": (4, 4)})
    out = like(torch.ones(3, 2, 2), image)
    out.meta["full_size"] = (2, 2)
    assert image.meta["full_size"] == (4, 4)


def test_like_gives_a_bare_tensor_where_tracking_is_off():
    set_track_meta(False)
    try:
        assert type(like(torch.ones(1), MetaTensor(torch.zeros(1)))) is torch.Tensor
    finally:
        set_track_meta(True)
