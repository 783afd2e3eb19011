# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the heat lies."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.interpretability import heat_in_lesion, pointing_game
from tests.interpretability.small_classifiers import drawn

LESION = torch.zeros(1, 4, 4, dtype=torch.bool)
LESION[0, :2] = True  # the upper half


def test_the_share_is_the_heat_inside_over_all_of_it():
    heat = torch.tensor([[[1.0, 0, 0, 2], [0, 0, 0, 0], [0, 3, 0, 0], [0, 0, 0, 2]]])
    assert heat_in_lesion(heat, LESION).tolist() == [3 / 8]


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.floats(1e-3, 1e3))
def test_inside_and_outside_add_up_to_1_on_any_scale(seed, scale):
    heat = drawn(2, 4, 4, seed=seed).abs() + 0.1
    lesion = LESION.expand(2, -1, -1)
    inside = heat_in_lesion(heat * scale, lesion)
    torch.testing.assert_close(inside + heat_in_lesion(heat, ~lesion), torch.ones(2, dtype=torch.float64))


def test_a_map_that_is_the_same_everywhere_has_the_share_of_the_lesion():
    lesion = torch.zeros(1, 4, 4, dtype=torch.uint8)
    lesion[0, 1, :3] = 255
    assert heat_in_lesion(torch.full((1, 4, 4), 0.3), lesion).item() == pytest.approx(3 / 16)


def test_the_hottest_pixel_decides_the_pointing_game():
    heat = torch.full((3, 4, 4), 0.5)
    heat[0, 1, 3], heat[1, 3, 0] = 0.6, 0.7
    heat[2, 0, 0] = heat[2, 2, 2] = heat[2, 3, 3] = 0.9  # one of three
    assert pointing_game(heat, LESION.expand(3, -1, -1)).tolist() == pytest.approx([1, 0, 1 / 3])


@pytest.mark.parametrize("measure", [heat_in_lesion, pointing_game])
def test_without_heat_there_is_no_answer(measure):
    heat = torch.stack([torch.zeros(4, 4), torch.eye(4)])
    assert measure(heat, LESION.expand(2, -1, -1)).isnan().tolist() == [True, False]
    assert measure(torch.ones(1, 4, 4), ~LESION & LESION).item() == 0


@pytest.mark.parametrize("measure", [heat_in_lesion, pointing_game])
def test_negative_heat_and_other_sizes_are_refused(measure):
    for value in (-1.0, float("nan")):
        with pytest.raises(InvalidInputError, match="heat is negative or NaN somewhere; expected 0 or more"):
            measure(torch.full((1, 4, 4), value), LESION)
    with pytest.raises(InvalidInputError, match=r"heat has shape \(4, 4\)"):
        measure(torch.ones(4, 4), LESION)
    with pytest.raises(IntegrityError, match=r"lesion has the shape \(1, 4, 4\) under a heat map of \(1, 4, 5\)"):
        measure(torch.ones(1, 4, 5), LESION)
