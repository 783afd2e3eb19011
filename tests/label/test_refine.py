# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.label import Clicks, read_clicks, refine_mask

ROWS, COLUMNS = 60, 80


def disc(row, column, radius, rows=ROWS, columns=COLUMNS):
    y, x = np.ogrid[:rows, :columns]
    return (y - row) ** 2 + (x - column) ** 2 <= radius**2


def picture(*lesions):
    """Pale skin with dark discs."""
    pixels = np.full((3, ROWS, COLUMNS), 220, np.uint8)
    for lesion in lesions:
        pixels[:, lesion] = 60
    return pixels


LEFT, RIGHT = disc(30, 20, 10), disc(30, 60, 10)


def dice(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())


def sure(mask):
    return np.where(mask, np.float32(0.95), np.float32(0.05))


def test_without_clicks_the_outline_stays():
    np.testing.assert_array_equal(refine_mask(sure(LEFT), picture(LEFT), Clicks()), LEFT)


def test_a_click_on_a_missed_lesion_takes_it_up_to_its_edge():
    found = refine_mask(sure(LEFT), picture(LEFT, RIGHT), Clicks(foreground=((60, 30),)))
    assert dice(found, RIGHT) > 0.9 and not (found & ~disc(30, 60, 13)).any()


def test_clicks_on_both_keep_both():
    found = refine_mask(sure(LEFT), picture(LEFT, RIGHT), Clicks(foreground=((60, 30), (20, 30))))
    assert dice(found, LEFT | RIGHT) > 0.9


def test_a_click_on_skin_removes_what_the_network_was_sure_of():
    found = refine_mask(sure(LEFT | RIGHT), picture(LEFT), Clicks(foreground=((20, 30),), background=((60, 30),)))
    assert dice(found, LEFT) > 0.9 and not found[30, 60]


def test_nothing_is_lesion_outside_of_the_box():
    found = refine_mask(sure(LEFT | RIGHT), picture(LEFT, RIGHT), Clicks(box=(45, 15, 75, 45)))
    assert dice(found, RIGHT) > 0.95
    assert not found[:, :45].any()


def test_a_hole_stays_only_where_skin_was_clicked_in_it():
    ring = disc(30, 40, 20) & ~disc(30, 40, 6)
    filled = refine_mask(sure(ring), picture(ring), Clicks(foreground=((24, 30),)))
    assert filled[30, 40]
    kept = refine_mask(sure(ring), picture(ring), Clicks(foreground=((24, 30),), background=((40, 30),)))
    assert not kept[30, 40] and kept[30, 24]


points = st.tuples(st.integers(0, COLUMNS - 1), st.integers(0, ROWS - 1))


@settings(max_examples=40, deadline=None)
@given(st.lists(points, min_size=1, max_size=4, unique=True), st.integers(0, 2**32 - 1))
def test_what_is_clicked_as_lesion_is_lesion_whatever_the_picture(foreground, seed):
    draw = np.random.default_rng(seed)
    pixels = draw.integers(0, 256, (3, ROWS, COLUMNS), np.uint8)
    found = refine_mask(draw.random((ROWS, COLUMNS), np.float32), pixels, Clicks(foreground=tuple(foreground)))
    assert all(found[row, column] for column, row in foreground)


@settings(max_examples=40, deadline=None)
@given(st.lists(points, min_size=1, max_size=4, unique=True), st.integers(0, 2**32 - 1))
def test_what_is_clicked_as_skin_is_skin_whatever_the_picture(background, seed):
    draw = np.random.default_rng(seed)
    pixels = draw.integers(0, 256, (3, ROWS, COLUMNS), np.uint8)
    found = refine_mask(draw.random((ROWS, COLUMNS), np.float32), pixels, Clicks(background=tuple(background)))
    assert not any(found[row, column] for column, row in background)


def test_points_of_monai_label_may_have_a_slice():
    found = read_clicks({"foreground": [[3, 4, 0]], "box": [1, 2, 30, 40]}, (ROWS, COLUMNS), source="x")
    assert found == Clicks(foreground=((3.0, 4.0),), box=(1.0, 2.0, 30.0, 40.0))
    assert not read_clicks({}, (ROWS, COLUMNS), source="x")


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({"foreground": [[80, 4]]}, "is 80, 4; expected a point of the picture, 80 columns and 60 rows"),
        ({"foreground": "3,4"}, "is str; expected a list"),
        ({"background": [[1]]}, r"is none; expected \[column, row\]"),
        ({"background": [["a", 1]]}, "is none"),
        ({"box": [1, 2, 3]}, "has 3 numbers"),
        ({"box": [9, 2, 3, 4]}, "is empty"),
        ({"foreground": [[float("nan"), 1]]}, "expected a point of the picture"),
    ],
)
def test_what_is_no_click_is_refused(request_, problem):
    with pytest.raises(InvalidInputError, match=problem):
        read_clicks(request_, (ROWS, COLUMNS), source="picture")
