# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Colour constancy removes a known cast and leaves grey alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import ShadesOfGray, ShadesOfGrayd, shades_of_gray
from tests.transforms.images import byte_images, constant_images, images, skin


def gray_world(pixels):
    """By hand: every channel divided by its mean, the three means brought to unit length."""
    means = pixels.reshape(3, -1).mean(axis=1)
    means = means / np.sqrt((means**2).sum())
    return np.clip(pixels / (np.sqrt(3) * means)[:, None, None], 0, 1)


def test_power_1_is_gray_world():
    image = skin(40, 50).double() / 255 * 0.7
    np.testing.assert_allclose(shades_of_gray(image, 1).numpy(), gray_world(image.numpy()), atol=1e-12)


def test_a_great_power_is_the_brightest_value_of_each_channel():
    image = skin(40, 50).double() / 255 * 0.5
    brightest = image.amax(dim=(1, 2))
    expected = image / (3**0.5 * brightest / brightest.norm())[:, None, None]
    torch.testing.assert_close(shades_of_gray(image, 5000), expected, atol=1e-2, rtol=0)


def test_removes_a_known_cast():
    scene = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 0.4
    cast = torch.tensor([1.0, 0.7, 0.5], dtype=torch.float64)[:, None, None]
    plain, tinted = shades_of_gray(scene), shades_of_gray(scene * cast)
    ratio = tinted / plain  # the same up to one common scale
    assert ratio.max() - ratio.min() < 1e-9


@settings(deadline=None, max_examples=30)
@given(byte_images)
def test_a_grey_image_is_unchanged(image):
    gray = image[:1].expand(3, -1, -1)
    assert (shades_of_gray(gray).int() - gray.int()).abs().max() <= 1
    of_floats = gray.double() / 255
    torch.testing.assert_close(shades_of_gray(of_floats), of_floats)


@settings(deadline=None, max_examples=40)
@given(byte_images)
def test_the_table_for_bytes_is_the_formula_rounded(image):
    of_floats = shades_of_gray(image.double() / 255) * 255
    assert (shades_of_gray(image).double() - of_floats).abs().max() <= 0.5 + 1e-4


@settings(deadline=None, max_examples=40)
@given(images)
def test_output_is_a_valid_image(image):
    out = shades_of_gray(image)
    assert out.shape == image.shape and out.dtype == image.dtype
    assert (
        torch.isfinite(out.float()).all() and out.min() >= 0 and out.max() <= (255 if out.dtype == torch.uint8 else 1)
    )


@settings(deadline=None, max_examples=30)
@given(constant_images)
def test_a10_a_constant_image_becomes_an_even_grey_or_stays_black_where_it_has_no_light(image):
    out = shades_of_gray(image)
    lit = out[:, 0, 0][image[:, 0, 0] > 0].int()
    assert (out == out[:, :1, :1]).all()
    assert not len(lit) or lit.max() - lit.min() <= 1
    assert (out[image == 0] == 0).all()


def test_a10_a_black_image_is_returned_as_it_is():
    for image in (torch.zeros(3, 20, 20), torch.zeros(3, 20, 20, dtype=torch.uint8)):
        assert not shades_of_gray(image).any() and not shades_of_gray(image, ignore_black=True).any()


@pytest.mark.parametrize("as_float", [False, True])
def test_a_vignettes_black_corners_have_no_say_when_they_are_ignored(as_float):
    image = (skin(60, 80).float() * torch.tensor([1.0, 0.8, 0.6])[:, None, None]).to(torch.uint8)
    framed = torch.zeros(3, 100, 100, dtype=torch.uint8)
    framed[:, 20:80, 10:90] = image
    if as_float:
        image, framed = image.double() / 255, framed.double() / 255
    inside = shades_of_gray(framed, ignore_black=True)[:, 20:80, 10:90]
    torch.testing.assert_close(inside, shades_of_gray(image))


def test_gamma_works_on_linear_light():
    image = skin(40, 50).double() / 255 * 0.7
    expected = shades_of_gray(image**2.2) ** (1 / 2.2)
    torch.testing.assert_close(shades_of_gray(image, gamma=2.2), expected)


def test_dictionary_form_equals_array_form():
    item = {"image": skin(40, 50), "id": "a"}
    out = ShadesOfGrayd("image", power=4)(item)
    assert torch.equal(out["image"], ShadesOfGray(4)(item["image"])) and out["id"] == "a"


@pytest.mark.parametrize("shape", [(1, 4, 4), (4, 4), (3, 4, 4, 4)])
def test_names_the_bad_shape(shape):
    with pytest.raises(InvalidInputError, match=rf"shape is \({shape[0]}, .*expected \(3, H, W\)"):
        ShadesOfGray()(torch.zeros(shape))


@pytest.mark.parametrize("arguments", [{"power": 0.5}, {"gamma": 0.0}])
def test_wrong_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="power must be at least 1"):
        ShadesOfGray(**arguments)
