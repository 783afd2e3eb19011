# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Colour is changed by the usual definitions, and a random change can be made again."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance
from skimage.color import hsv2rgb, rgb2hsv

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import AdjustColor, AdjustColord, RandColorJitter, RandColorJitterd, adjust_color
from tests.transforms.images import byte_images, constant_images, images, skin

ENHANCERS = {"brightness": ImageEnhance.Brightness, "contrast": ImageEnhance.Contrast, "saturation": ImageEnhance.Color}
factors = st.floats(0, 2)


def hwc(image):
    return image.permute(1, 2, 0).contiguous().numpy()


@pytest.mark.parametrize("name", sorted(ENHANCERS))
@pytest.mark.parametrize("factor", [0.0, 0.6, 1.0, 1.4])
def test_agrees_with_pillow_to_two_grey_levels(name, factor):
    image = skin(60, 80)
    theirs = np.asarray(ENHANCERS[name](Image.fromarray(hwc(image))).enhance(factor)).astype(int)
    assert abs(hwc(adjust_color(image, **{name: factor})).astype(int) - theirs).max() <= 2


@pytest.mark.parametrize("turn", [-0.4, -0.05, 0.1, 0.5])
def test_turns_the_hue_as_scikit_image_does(turn):
    image = skin(30, 40)
    hsv = rgb2hsv(hwc(image))
    hsv[..., 0] = (hsv[..., 0] + turn) % 1
    theirs = hsv2rgb(hsv)
    assert abs(hwc(adjust_color(image, hue=turn)) / 255 - theirs).max() < 0.02  # hue has 256 steps in bytes
    assert abs(hwc(adjust_color(image.float() / 255, hue=turn)) - theirs).max() < 1e-3


@settings(deadline=None, max_examples=40)
@given(images, factors, factors, factors, st.floats(-0.5, 0.5))
def test_the_result_is_a_valid_image_of_the_same_kind(image, brightness, contrast, saturation, hue):
    out = adjust_color(image, brightness=brightness, contrast=contrast, saturation=saturation, hue=hue)
    assert out.shape == image.shape and out.dtype == image.dtype
    assert out.min() >= 0 and out.max() <= (255 if image.dtype == torch.uint8 else 1)


@settings(deadline=None, max_examples=20)
@given(images)
def test_no_change_asked_is_no_change(image):
    out = adjust_color(image)
    assert torch.equal(out, image) and out.data_ptr() != image.data_ptr()


@settings(deadline=None, max_examples=20)
@given(constant_images)
def test_a10_contrast_leaves_a_grey_constant_image_alone(image):
    gray = image[:1].expand(3, -1, -1)
    assert (adjust_color(gray, contrast=1.7).int() - gray.int()).abs().max() <= 1


@settings(deadline=None, max_examples=20)
@given(byte_images, factors, factors)
def test_bytes_and_floats_agree_to_rounding(image, brightness, saturation):
    of_bytes = adjust_color(image, brightness=brightness, saturation=saturation)
    of_floats = adjust_color(image.float() / 255, brightness=brightness, saturation=saturation)
    assert (of_bytes.float() / 255 - of_floats).abs().max() < 3.5 / 255


def test_dictionary_form_equals_array_form():
    item = {"image": skin(30, 40), "id": 3}
    out = AdjustColord("image", brightness=1.1, hue=0.02)(item)
    assert torch.equal(out["image"], AdjustColor(brightness=1.1, hue=0.02)(item["image"])) and out["id"] == 3


def test_a_random_change_is_its_recorded_amounts_applied():
    jitter = RandColorJitter()
    jitter.set_random_state(seed=7)
    image = skin(30, 40)
    out = jitter(image)
    amounts = out.applied_operations[-1]["extra_info"]
    assert torch.equal(out.as_tensor(), AdjustColor(**amounts)(image).as_tensor())
    assert all(0.8 <= amounts[name] <= 1.2 for name in ENHANCERS) and abs(amounts["hue"]) <= 0.05


def test_one_draw_serves_all_keys_of_an_item():
    jitter = RandColorJitterd(["a", "b"]).set_random_state(seed=1)
    out = jitter({"a": skin(30, 40), "b": skin(30, 40)})
    assert torch.equal(out["a"], out["b"]) and not torch.equal(out["a"].as_tensor(), skin(30, 40))


def test_the_same_seed_gives_the_same_change_and_another_seed_another():
    image = skin(30, 40)
    first, again, other = (RandColorJitterd("i").set_random_state(seed=seed)({"i": image})["i"] for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_probability_zero_changes_nothing_and_uses_as_many_random_numbers():
    never, always = (RandColorJitter(prob=prob).set_random_state(seed=5) for prob in (0.0, 1.0))
    image = skin(30, 40)
    assert torch.equal(torch.as_tensor(never(image)), image)
    always(image)
    assert never.R.uniform() == always.R.uniform()


@pytest.mark.parametrize("arguments", [{"brightness": -0.1}, {"hue": 0.6}])
def test_impossible_amounts_are_refused(arguments):
    with pytest.raises(ValueError, match="must be"):
        AdjustColor(**arguments)
    with pytest.raises(ValueError, match="must be"):
        RandColorJitter(**{name: abs(value) + 1 for name, value in arguments.items()})


def test_names_the_bad_type():
    with pytest.raises(InvalidInputError, match=r"pixels are torch\.int64; expected uint8, or float in \[0, 1\]"):
        AdjustColor()(torch.zeros(3, 20, 20, dtype=torch.int64))
