# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Hair removal restores the skin below hairs and leaves everything else exactly as it was."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from monai.data import MetaTensor

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import RemoveHair, RemoveHaird, remove_hair
from tests.transforms.images import constant_images, images, skin
from tests.transforms.test_find_hair import draw

BLACK_HAT = ["telea", "closing"]
METHODS = [*BLACK_HAT, "dull_razor"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(192, 256), (450, 600), (1024, 1024)])
def test_skin_without_dark_lines_changes_by_under_half_a_percent_of_its_pixels(method, size):
    image = skin(*size)
    out, share = remove_hair(image, method)
    assert (out != image).any(dim=0).float().mean() < 0.005 and share < 0.005


@pytest.mark.parametrize("method", BLACK_HAT)
@pytest.mark.parametrize("size", [(450, 600), (900, 1200)])
def test_dark_lines_of_two_pixels_are_restored_to_under_three_grey_levels(method, size):
    clean = skin(*size)
    image, truth = draw(clean)
    out, share = remove_hair(image, method)
    error = (out.float() - clean.float()).abs()
    assert (image.float() - clean.float()).abs()[:, truth].mean() > 50
    assert error.mean() < 3
    assert error[:, truth].mean() < (3 if method == "telea" else 8)  # closing is the quick one: a little too bright
    assert 0.002 < share < 0.1


def test_telea_restores_lines_on_skin_without_noise_to_under_three_grey_levels_on_the_lines_themselves():
    y, x = np.mgrid[:450, :600]
    clean = np.stack([190 + x / 30, 150 + y / 30, 140 - x / 40], axis=0).astype(np.uint8)
    image, truth = draw(torch.from_numpy(clean))
    out, _ = remove_hair(image)
    assert (out.float() - torch.from_numpy(clean).float()).abs()[:, truth].mean() < 3


@pytest.mark.parametrize("method", METHODS)
def test_pixels_that_are_no_hair_keep_their_exact_value(method):
    image, truth = draw(skin(900, 1200), angle=0)
    out, _ = remove_hair(image, method)
    changed = (out != image).any(dim=0)
    far = torch.ones_like(truth)
    rows = truth.any(dim=1).nonzero()[:, 0]
    far[rows[0] - 12 : rows[-1] + 13] = False
    assert not changed[far].any()


@settings(deadline=None, max_examples=25)
@given(images)
def test_output_is_a_valid_image_of_the_same_kind(image):
    for method in METHODS:
        out, share = remove_hair(image, method)
        assert out.shape == image.shape and out.dtype == image.dtype and 0 <= share <= 1
        assert out.min() >= 0 and out.max() <= (255 if out.dtype == torch.uint8 else 1)


@settings(deadline=None, max_examples=10)
@given(constant_images)
def test_a10_a_constant_image_is_unchanged(image):
    assert all(torch.equal(remove_hair(image, method)[0], image) for method in METHODS)


def test_an_image_full_of_lines_is_left_alone_and_says_so():
    image = skin(450, 600).clone()
    image[:, ::8] = 20
    image[:, 1::8] = 20
    image[:, 2::8] = 20
    out = RemoveHair()(image)
    assert torch.equal(out.as_tensor(), image)
    assert out.meta["hair_share"] > 0.2 and out.meta["hair_removed"] is False


def test_k4_the_time_an_image_takes_is_bounded_because_the_work_is_done_near_600_pixels_width():
    from monai_skin.transforms.find_hair import working_copy

    for columns in (600, 1024, 4288, 9000):
        rows = columns // 2
        work = working_copy(np.zeros((rows, columns, 3), np.uint8))
        assert work.shape[1] <= 900 and abs(work.shape[0] / work.shape[1] - rows / columns) < 0.01


def test_the_share_of_hair_is_in_the_metadata_beside_what_was_there():
    image, _ = draw(skin())
    out = RemoveHair()(MetaTensor(image, meta={"full_size": (300, 400)}))
    assert out.meta["full_size"] == (300, 400)
    assert out.meta["hair_share"] == remove_hair(image)[1] and out.meta["hair_removed"] is True


def test_bytes_and_floats_agree_to_rounding():
    image, _ = draw(skin())
    assert (remove_hair(image.float() / 255)[0] - remove_hair(image)[0].float() / 255).abs().max() < 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_dictionary_form_equals_array_form(method):
    image, _ = draw(skin())
    item = {"image": image, "id": "a"}
    out = RemoveHaird("image", method)(item)
    assert torch.equal(out["image"], RemoveHair(method)(image)) and out["id"] == "a"


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="method must be one of telea, closing, dull_razor, got 'razor'"):
        RemoveHair("razor")


def test_names_the_bad_shape():
    with pytest.raises(InvalidInputError, match=r"shape is \(1, 20, 20\); expected \(3, H, W\)"):
        RemoveHair()(torch.zeros(1, 20, 20))
