# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Normalising is the ImageNet formula, for bytes and for floats."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from monai.transforms import NormalizeIntensity

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import IMAGENET_MEAN, IMAGENET_STD, NormalizeImageNet, NormalizeImageNetd, normalize_imagenet
from tests.transforms.images import byte_images, images, skin


@settings(deadline=None, max_examples=30)
@given(byte_images)
def test_bytes_give_what_monai_gives_for_the_scaled_image(image):
    oracle = NormalizeIntensity(subtrahend=IMAGENET_MEAN, divisor=IMAGENET_STD, channel_wise=True)
    torch.testing.assert_close(normalize_imagenet(image), torch.as_tensor(oracle(image.float() / 255)).float())


@settings(deadline=None, max_examples=30)
@given(images)
def test_the_result_is_contiguous_float32_in_its_known_range(image):
    out = normalize_imagenet(image)
    assert out.is_contiguous() and out.dtype == torch.float32 and out.shape == image.shape
    assert out.min() > -2.2 and out.max() < 2.7


def test_memory_order_makes_no_difference():
    image = skin(40, 50)
    torch.testing.assert_close(normalize_imagenet(image.contiguous()), normalize_imagenet(image), rtol=0, atol=0)


def test_bytes_and_floats_agree():
    image = skin(40, 50)
    torch.testing.assert_close(normalize_imagenet(image), normalize_imagenet(image.double() / 255))


def test_the_mean_color_becomes_zero():
    image = torch.tensor(IMAGENET_MEAN)[:, None, None].expand(3, 8, 8)
    assert normalize_imagenet(image).abs().max() == 0


def test_dictionary_form_equals_array_form():
    item = {"image": skin(40, 50), "id": 1}
    out = NormalizeImageNetd("image")(item)
    assert torch.equal(out["image"], NormalizeImageNet()(item["image"]))
    assert item["image"].dtype == torch.uint8 and out["id"] == 1


def test_a_float_image_in_0_to_255_is_refused_because_it_would_be_taken_for_0_to_1():
    with pytest.raises(
        InvalidInputError, match=r"pixels are float from .* to 2\d\d; expected uint8, or float in \[0, 1\]"
    ):
        NormalizeImageNet()(skin(40, 50).float())


@pytest.mark.parametrize("shape", [(1, 20, 20), (20, 20), (3, 4, 4, 4)])
def test_names_the_bad_shape(shape):
    with pytest.raises(InvalidInputError, match=r"shape is \(.*expected \(3, H, W\)"):
        NormalizeImageNet()(torch.zeros(shape))


def test_numpy_arrays_are_accepted():
    image = np.zeros((3, 20, 20), np.uint8)
    assert torch.equal(NormalizeImageNet()(image).as_tensor(), normalize_imagenet(torch.from_numpy(image)))
