# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The segmented image: lesion pixels exact, the rest filled."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import ApplyLesionMask, ApplyLesionMaskd, NormalizeImageNet, apply_mask
from tests.transforms.images import disc, images, skin

FILLS = ["zero", "mean", "blurred"]


@settings(deadline=None, max_examples=30)
@given(images, st.sampled_from(FILLS))
def test_a_mask_of_ones_gives_the_image_back_bit_for_bit(image, fill):
    assert torch.equal(apply_mask(image, torch.ones(1, *image.shape[1:]), fill), image)


@settings(deadline=None, max_examples=30)
@given(images, st.sampled_from(FILLS))
def test_lesion_pixels_are_kept_exactly_and_the_kind_of_image_too(image, fill):
    mask = disc(*image.shape[1:], radius=0.3)
    out = apply_mask(image, mask, fill)
    assert out.dtype == image.dtype and torch.equal(out[:, mask[0] > 0], image[:, mask[0] > 0])


@pytest.mark.parametrize("as_float", [False, True])
def test_outside_is_black_or_grey_after_normalising_or_out_of_focus(as_float):
    image, mask = skin() / 255 if as_float else skin(), disc()
    outside = mask[0] == 0
    assert not apply_mask(image, mask, "zero")[:, outside].any()
    assert NormalizeImageNet()(apply_mask(image, mask, "mean"))[:, outside].abs().max() < 0.01
    blurred = apply_mask(image, mask, "blurred").float()
    corner = (slice(None), slice(0, 60), slice(0, 60))
    assert blurred[corner].diff().abs().mean() < 0.2 * image[corner].float().diff().abs().mean()
    assert (blurred[corner].mean() / image[corner].float().mean() - 1).abs() < 0.05


@pytest.mark.parametrize("value", [0, 1])
def test_a_mask_that_cannot_be_right_leaves_the_image_and_says_so(value):
    out = ApplyLesionMask()(skin(), torch.full((1, 300, 400), value))
    assert torch.equal(out.as_tensor(), skin()) and out.meta["mask_ok"] is False


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_a_flip_or_a_quarter_turn_before_is_one_after(fill, turns, mirrored):
    def laid(image):
        turned = torch.rot90(image, turns, (1, 2))
        return turned.flip(2) if mirrored else turned

    mask = disc()
    mask[0, :150, :200] = 0  # three quarters: no two ways of laying it look alike
    assert torch.equal(apply_mask(laid(skin()), laid(mask), fill), laid(apply_mask(skin(), mask, fill)))


def test_dictionary_form_equals_array_form():
    item = {"image": skin(), "lesion": disc(), "id": 1}
    out = ApplyLesionMaskd("image", mask_key="lesion", fill="mean")(item)
    assert torch.equal(out["image"], ApplyLesionMask("mean")(skin(), disc())) and out["image"].meta["mask_ok"] is True
    assert torch.equal(item["image"], skin())


def test_an_unknown_fill_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="fill must be one of zero, mean, blurred, got 'white'"):
        ApplyLesionMask("white")


def test_names_both_sizes_when_they_differ():
    with pytest.raises(InvalidInputError, match=r"mask shape is \(1, 9, 9\); expected \(1, 300, 400\)"):
        ApplyLesionMask()(skin(), torch.zeros(1, 9, 9))
