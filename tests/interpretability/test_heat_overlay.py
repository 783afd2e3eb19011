# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Heat maps drawn on pictures."""

from __future__ import annotations

import numpy as np
import pytest

from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.interpretability import draw_heat_map, draw_lesion_outline

IMAGE = np.random.default_rng(0).integers(0, 256, (3, 40, 50), dtype=np.uint8)
RAMP = np.tile(np.linspace(0, 1, 50, dtype=np.float32), (40, 1))


def lightness(colours: np.ndarray) -> np.ndarray:
    """L* of CIELAB, of ``(3, n)`` sRGB."""
    linear = np.where(colours / 255 <= 0.04045, colours / 255 / 12.92, ((colours / 255 + 0.055) / 1.055) ** 2.4)
    luminance = np.array([0.2126, 0.7152, 0.0722]) @ linear
    return np.where(luminance > 216 / 24389, 116 * np.cbrt(luminance) - 16, luminance * 24389 / 27)


def test_more_heat_is_lighter_in_even_steps():
    drawn = draw_heat_map(IMAGE, RAMP, opacity=1.0)[:, 0].astype(float)
    steps = np.diff(lightness(drawn))
    assert (steps > 0).all()
    assert steps.max() < 2.5 * steps.mean()


def test_the_ends_are_those_of_viridis():
    # matplotlib's viridis begins with #440154 and ends with #fde725
    drawn = draw_heat_map(IMAGE, RAMP, opacity=1.0)
    assert np.abs(drawn[:, 0, 0].astype(int) - [0x44, 0x01, 0x54]).max() <= 1
    assert np.abs(drawn[:, 0, -1].astype(int) - [0xFD, 0xE7, 0x25]).max() <= 1


def test_three_fifths_of_the_picture_show_through():
    untouched = IMAGE.copy()
    colours = draw_heat_map(IMAGE, RAMP, opacity=1.0).astype(float)
    drawn = draw_heat_map(IMAGE, RAMP)
    assert drawn.dtype == np.uint8
    assert np.abs(drawn - (0.6 * IMAGE + 0.4 * colours)).max() <= 0.51
    assert np.array_equal(IMAGE, untouched)
    assert np.array_equal(draw_heat_map(IMAGE, RAMP, opacity=0.0), IMAGE)


def test_the_lesion_is_outlined_on_top():
    lesion = np.zeros((40, 50), bool)
    lesion[10:30, 10:40] = True
    expected = draw_lesion_outline(draw_heat_map(IMAGE, RAMP), lesion)
    assert np.array_equal(draw_heat_map(IMAGE, RAMP, lesion=lesion), expected)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InvalidInputError, match=r"isic: image is float64 of shape \(3, 4, 4\); expected uint8"):
        draw_heat_map(np.zeros((3, 4, 4)), RAMP, source="isic")
    with pytest.raises(IntegrityError, match=r"heat has the shape \(40, 49\) on a picture of \(40, 50\)"):
        draw_heat_map(IMAGE, RAMP[:, 1:])
    for value in (-0.1, 1.1, np.nan):
        with pytest.raises(InvalidInputError, match=r"heat leaves \[0, 1\] or is NaN; expected 0 to 1 everywhere"):
            draw_heat_map(IMAGE, np.full_like(RAMP, value))
    with pytest.raises(IntegrityError, match="mask has the shape"):
        draw_heat_map(IMAGE, RAMP, lesion=np.zeros((4, 4), bool))
