# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The crop holds the lesion and its margin, and goes back to where it was cut."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from monai.data import MetaTensor
from monai.transforms import Compose, Invertd

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import CropLesion, CropLesiond, FitLesionImage, FitLesionImaged, lesion_box
from tests.transforms.images import disc, masks, skin


def box_mask(rows, columns, top, bottom, left, right):
    mask = torch.zeros(1, rows, columns, dtype=torch.uint8)
    mask[0, top:bottom, left:right] = 1
    return mask


def test_the_box_has_a_tenth_of_its_own_sides_as_margin():
    assert lesion_box(box_mask(100, 200, 30, 50, 60, 100)) == (28, 52, 56, 104)


def test_the_margin_ends_at_the_frame():
    assert lesion_box(box_mask(100, 200, 1, 99, 0, 200), margin=0.5) == (0, 100, 0, 200)


@settings(deadline=None, max_examples=40)
@given(masks)
def test_no_lesion_pixel_is_outside_the_box(mask):
    top, bottom, left, right = lesion_box(mask)
    assert mask[0, top:bottom, left:right].sum() == mask.sum()


def test_the_crop_is_the_image_inside_the_box():
    image, mask = skin(100, 200), box_mask(100, 200, 30, 50, 60, 100)
    out = CropLesion()(image, mask)
    assert torch.equal(out.as_tensor(), image[:, 28:52, 56:104]) and out.meta["mask_ok"] is True


@pytest.mark.parametrize("mask", [torch.zeros(1, 100, 200), torch.ones(1, 100, 200)])
def test_a_mask_that_cannot_be_right_leaves_the_whole_image_and_says_so(mask):
    out = CropLesion()(skin(100, 200), mask)
    assert torch.equal(out.as_tensor(), skin(100, 200)) and out.meta["mask_ok"] is False


def test_the_inverse_puts_the_crop_back():
    image, mask = skin(100, 200), box_mask(100, 200, 30, 50, 60, 100)
    crop = CropLesion()
    back = crop.inverse(crop(image, mask))
    assert torch.equal(back[:, 28:52, 56:104].as_tensor(), image[:, 28:52, 56:104])
    assert back.shape == image.shape and back.sum() == image[:, 28:52, 56:104].sum()


def test_fitting_after_cropping_is_inverted_to_the_full_size_of_the_file():
    image = MetaTensor(skin(150, 200), meta={"full_size": (300, 400)})
    preprocessing = Compose([CropLesiond("image"), FitLesionImaged("image", [64, 64])])
    item = preprocessing({"image": image, "mask": box_mask(150, 200, 40, 100, 50, 130)})
    item["pred"] = MetaTensor(torch.ones(1, 64, 64))
    out = Invertd("pred", preprocessing, "image")(item)["pred"]
    assert out.shape == (1, 300, 400)
    rows, columns = out[0].any(dim=1).nonzero()[:, 0], out[0].any(dim=0).nonzero()[:, 0]
    assert (int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1) == (68, 212, 84, 276)


def test_a_result_of_another_size_cannot_be_put_back():
    crop = CropLesion()
    out = crop(skin(100, 200), box_mask(100, 200, 30, 50, 60, 100))
    wrong = FitLesionImage([64, 64])(out)
    with pytest.raises(InvalidInputError, match=r"size is \(64, 64\); expected the size of the crop"):
        crop.inverse(wrong)


def test_dictionary_form_equals_array_form_and_crops_the_mask_alike():
    item = {"image": skin(), "mask": disc(), "id": 1}
    out = CropLesiond(["image", "mask"], margin=0.2)(item)
    assert torch.equal(out["image"], CropLesion(0.2)(skin(), disc()))
    assert torch.equal(out["mask"], CropLesion(0.2)(disc(), disc())) and out["mask"].shape[1:] == out["image"].shape[1:]
    assert item["mask"].shape == (1, 300, 400)


def test_names_both_sizes_when_they_differ():
    with pytest.raises(InvalidInputError, match=r"mask shape is \(1, 20, 20\); expected \(1, 100, 200\)"):
        CropLesion()(skin(100, 200), torch.zeros(1, 20, 20))


def test_a_negative_margin_is_refused():
    with pytest.raises(ValueError, match="margin must be at least 0"):
        CropLesion(-0.1)
