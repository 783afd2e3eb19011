# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Flags for what is in the picture besides the lesion."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import QualityFlags, quality_flags
from tests.transforms.images import constant_images, images, skin
from tests.transforms.test_find_hair import draw


def with_vignette(image, radius):
    y, x = torch.meshgrid(
        torch.linspace(-0.5, 0.5, image.shape[1]), torch.linspace(-0.5, 0.5, image.shape[2]), indexing="ij"
    )
    return image * (x**2 + y**2 < radius**2)


def with_ruler(image, angle=0.0, color=(40, 40, 40)):
    pixels = image.permute(1, 2, 0).contiguous().numpy().copy()
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    scale = image.shape[2] / 600
    start = np.array([0.15, 0.2]) * pixels.shape[1::-1]
    for tick in range(14):
        foot = start + along * tick * 25 * scale
        head = foot + across * 20 * scale
        cv2.line(pixels, tuple(map(int, foot.round())), tuple(map(int, head.round())), color, max(1, round(2 * scale)))
    return torch.from_numpy(pixels).permute(2, 0, 1)


@pytest.mark.parametrize("size", [(192, 256), (450, 600), (1024, 1024)])
def test_a16_plain_skin_raises_no_flag(size):
    flags = quality_flags(skin(*size))
    assert not (flags.vignette or flags.ruler or flags.hair) and flags.vignette_share == 0


@pytest.mark.parametrize("radius", [0.5, 0.6])
def test_a16_a_vignette_raises_its_flag_with_its_share(radius):
    image = with_vignette(skin(450, 600), radius)
    flags = quality_flags(image)
    assert flags.vignette and not flags.ruler
    assert abs(flags.vignette_share - float((image == 0).all(dim=0).float().mean())) < 0.03


def test_a16_a_vignette_inside_a_light_frame_is_seen():
    image = with_vignette(skin(450, 600), 0.55)
    image[:, [0, -1]] = 250
    image[:, :, [0, -1]] = 250
    assert quality_flags(image).vignette


@pytest.mark.parametrize("size", [(450, 600), (1024, 1024)])
@pytest.mark.parametrize("angle", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("color", [(40, 40, 40), (250, 250, 250)])
def test_a16_a_burned_in_ruler_raises_its_flag(size, angle, color):
    assert quality_flags(with_ruler(skin(*size), angle, color)).ruler


def test_a16_hairs_raise_their_flag_and_are_no_ruler():
    image = skin(450, 600)
    for angle in (10, 50, 80, 120, 170):
        image, _ = draw(image, width=4, angle=angle)
    flags = quality_flags(image)
    assert flags.hair and flags.hair_share > 0.02 and not flags.ruler


def test_a16_one_dark_corner_is_a_lesion_perhaps_but_no_vignette():
    image = skin(450, 600)
    image[:, :150, :150] = 20
    flags = quality_flags(image)
    assert not flags.vignette and flags.vignette_share > 0.05


@settings(deadline=None, max_examples=20)
@given(images)
def test_any_image_gets_flags_of_the_stated_types(image):
    flags = quality_flags(image)
    assert isinstance(flags, QualityFlags)
    assert [type(value) for value in flags] == [bool, bool, bool, float, float]
    assert 0 <= flags.vignette_share <= 1 and 0 <= flags.hair_share <= 1


@settings(deadline=None, max_examples=10)
@given(constant_images)
def test_a10_a_constant_image_has_neither_ruler_nor_hair(image):
    assert quality_flags(image)[1:3] == (False, False)


def test_a9_a_non_finite_pixel_is_refused():
    image = torch.zeros(3, 20, 20)
    image[1, 2, 3] = torch.inf
    with pytest.raises(InvalidInputError, match=r"hold 1 non-finite value\(s\), the first at \(1, 2, 3\)"):
        quality_flags(image)
