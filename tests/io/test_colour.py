# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Colours with a profile become the same colours in sRGB, by the standards' own arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms

from monai_skin.io import read_image
from tests.io.pictures import jpeg, pixels_of, scene
from tests.io.profiles import lab, linear_from_srgb, profile, srgb_from_linear, to_xyz_d50
from tests.strategies import encoded

GAMMA = 2.19921875  # of Adobe RGB (1998)


def patches() -> np.ndarray:
    """``(H, W, 3)`` of colours that every space can show, as skin and lesions have them."""
    steps = np.linspace(0.25, 0.75, 9)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
@pytest.mark.parametrize("space", ["Adobe RGB (1998)", "Display P3"])
def test_a8_a_wide_gamut_picture_keeps_its_colours(space, kind):
    stored = np.round(patches() * 255).astype(np.uint8)
    large = np.kron(stored, np.ones((8, 8, 1), np.uint8))  # one patch a JPEG block
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    picture = read_image(encoded(Image.fromarray(large), kind, icc_profile=profile(space, GAMMA), **options))
    meant = lab((stored / 255) ** GAMMA, space)
    seen = lab(linear_from_srgb(picture.pixels.transpose(1, 2, 0)[4::8, 4::8] / 255), "sRGB")
    in_gamut = srgb_can_show((stored / 255) ** GAMMA, space)
    assert in_gamut.mean() > 0.6
    assert np.linalg.norm(meant - seen, axis=-1)[in_gamut].max() < 2
    assert not picture.notes


def srgb_can_show(linear: np.ndarray, space: str) -> np.ndarray:
    in_srgb = linear @ (np.linalg.inv(to_xyz_d50("sRGB")) @ to_xyz_d50(space)).T
    return ((in_srgb >= 0) & (in_srgb <= 1)).all(axis=-1)


def test_a8_without_the_profile_the_colours_would_be_wrong():
    stored = np.round(patches() * 255).astype(np.uint8)
    wrong = lab(linear_from_srgb(stored / 255), "sRGB") - lab((stored / 255) ** GAMMA, "Adobe RGB (1998)")
    assert np.linalg.norm(wrong, axis=-1).max() > 5  # so the limit of 2 above means something


def test_an_srgb_profile_changes_nothing():
    standard = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(read_image(jpeg(icc_profile=standard)).pixels, read_image(jpeg()).pixels)


def test_a_grey_profile_is_applied_to_grey_pictures():
    grey = scene().convert("L")
    picture = read_image(encoded(grey, "PNG", icc_profile=profile("sRGB", 1.0, colour_space=b"GRAY")))
    expected = srgb_from_linear(np.asarray(grey) / 255) * 255
    assert np.abs(picture.pixels - expected).max() < 3
    assert not picture.notes


def test_transparency_is_laid_over_the_background_after_the_colours_are_right():
    image = Image.new("RGBA", (3, 2), (0, 0, 0, 0))
    picture = read_image(encoded(image, "PNG", icc_profile=profile("sRGB", 1.0)), background=(10, 128, 250))
    assert picture.pixels[:, 0, 0].tolist() == [10, 128, 250]


@pytest.mark.parametrize(
    "broken",
    [
        b"not a profile",
        profile("sRGB", 2.2)[:200],
        profile("sRGB", 2.2, colour_space=b"CMYK"),
        profile("sRGB", 2.2, colour_space=b"GRAY"),  # for a colour picture
        bytes(4096),
    ],
)
def test_a8_a_broken_profile_is_noted_and_left_out(broken):
    picture = read_image(encoded(scene(), "PNG", icc_profile=broken))
    assert np.array_equal(picture.pixels, pixels_of(scene()))
    assert picture.notes == ("its colour profile is damaged and was left out",)
