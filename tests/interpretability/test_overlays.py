# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Outlines drawn on pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.interpretability import draw_lesion_outline, shrink_mask, shrink_picture
from tests.strategies import lesion_masks, sizes


def disc(size: int = 200, radius: int = 60) -> np.ndarray:
    rows, columns = np.ogrid[:size, :size]
    return (rows - size // 2) ** 2 + (columns - size // 2) ** 2 < radius**2


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """Contrast ratio of the web's accessibility rules (WCAG 2.2): 3 is enough for a line."""
    light = [np.where(c / 255 <= 0.04045, c / 255 / 12.92, ((c / 255 + 0.055) / 1.055) ** 2.4) for c in (one, other)]
    low, high = sorted(float(np.dot(value, [0.2126, 0.7152, 0.0722])) for value in light)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    "skin", [(255, 224, 196), (198, 134, 66), (141, 85, 36), (60, 46, 40), (255, 255, 255), (0, 0, 0), (120, 140, 210)]
)
def test_line_or_rim_stands_out_on_any_skin(skin):
    image = np.empty((3, 200, 200), np.uint8)
    image[:] = np.array(skin, np.uint8)[:, None, None]
    drawn = draw_lesion_outline(image, disc())
    colours = {tuple(map(int, colour)) for colour in drawn.reshape(3, -1).T}
    assert max(contrast(np.array(colour), np.array(skin)) for colour in colours) >= 3


def test_only_the_border_is_drawn_and_the_lesion_stays_as_it_was():
    image = np.random.default_rng(0).integers(0, 256, (3, 200, 200), dtype=np.uint8)
    changed = (draw_lesion_outline(image, disc()) != image).any(axis=0)
    distance = np.abs(np.hypot(*np.mgrid[-100:100, -100:100]) - 60)
    assert changed.any()
    assert distance[changed].max() < 5
    assert not changed[disc(radius=50)].any()


def test_a_hole_has_a_line_too():
    mask = disc() & ~disc(radius=20)
    drawn = draw_lesion_outline(np.full((3, 200, 200), 128, np.uint8), mask)
    assert (drawn[:, 100, 80] != 128).any()


@settings(deadline=None)
@given(lesion_masks())
def test_the_picture_is_not_modified_and_an_empty_mask_draws_nothing(mask):
    image = np.full((3, *mask.shape), 77, np.uint8)
    drawn = draw_lesion_outline(image, mask)
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    assert (image == 77).all()
    assert np.array_equal(drawn, image) == (not mask.any())


def test_a12_a_mask_of_another_size_is_named_with_both_sizes():
    with pytest.raises(IntegrityError, match=r"isic: mask has the shape \(4, 6\) on a picture of \(6, 4\)"):
        draw_lesion_outline(np.zeros((3, 6, 4), np.uint8), np.zeros((4, 6), bool), source="isic")


@pytest.mark.parametrize("image", [np.zeros((4, 4, 3), np.uint8), np.zeros((3, 4, 4), np.float32)])
def test_another_kind_of_picture_is_refused(image):
    with pytest.raises(InvalidInputError, match=r"expected uint8 of shape \(3, H, W\)"):
        draw_lesion_outline(image, np.zeros((4, 4), bool))


@settings(deadline=None)
@given(sizes(largest=80), st.integers(1, 60))
def test_a_shrunken_picture_keeps_its_proportions(size, longest):
    small = shrink_picture(np.full((3, *size), 9, np.uint8), longest)
    assert max(small.shape[1:]) <= max(longest, 1)
    assert (small == 9).all()
    scale = min(1, longest / max(size))
    assert np.allclose(small.shape[1:], np.maximum(np.multiply(size, scale), 1), atol=0.51)


def test_a_shrunken_mask_keeps_its_area():
    small = shrink_mask(disc(), (100, 100))
    assert small.dtype == bool
    assert small.mean() == pytest.approx(disc().mean(), rel=0.01)
