# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Heat maps enlarged and stretched."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.interpretability import enlarge_heat, stretch_heat
from tests.interpretability.small_classifiers import drawn


def test_the_enlargement_is_bilinear_between_the_centres_of_cells():
    # two cells become four pixels, whose centres lie at -1/4, 1/4, 3/4 and 5/4 of the way between the cells' centres
    heat = enlarge_heat(torch.tensor([[[0.0, 4.0]]]), (1, 4))
    torch.testing.assert_close(heat, torch.tensor([[[0.0, 1.0, 3.0, 4.0]]]))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(1, 40))
def test_an_enlarged_map_reaches_no_further_than_the_map(seed, rows, columns):
    heat = drawn(2, 3, 4, seed=seed).abs()
    large = enlarge_heat(heat, (rows, columns))
    assert large.shape == (2, rows, columns)
    assert (large.amax(dim=(1, 2)) <= heat.amax(dim=(1, 2)) + 1e-5).all()
    assert (large.amin(dim=(1, 2)) >= heat.amin(dim=(1, 2)) - 1e-5).all()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.floats(1e-20, 1e20))
def test_each_map_is_stretched_from_0_to_1_whatever_its_scale(seed, scale):
    heat = drawn(2, 3, 4, seed=seed)
    stretched = stretch_heat(heat * scale)
    torch.testing.assert_close(stretched.amin(dim=(1, 2)), torch.zeros(2))
    torch.testing.assert_close(stretched.amax(dim=(1, 2)), torch.ones(2))
    torch.testing.assert_close(stretched, stretch_heat(heat), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("value", [0.0, 3.0, -2.0])
def test_a_map_that_is_the_same_everywhere_is_stretched_to_0(value):
    heat = torch.stack([torch.full((3, 4), value), drawn(3, 4)])
    stretched = stretch_heat(heat)
    assert not stretched[0].any()
    assert stretched[1].max() == 1


@pytest.mark.parametrize("function", [stretch_heat, lambda heat: enlarge_heat(heat, (8, 8))])
def test_maps_of_another_shape_or_not_finite_are_refused(function):
    with pytest.raises(InvalidInputError, match=r"heat has shape \(1, 1, 3, 4\); expected finite numbers of shape"):
        function(torch.zeros(1, 1, 3, 4))
    with pytest.raises(InvalidInputError, match="heat is not finite"):
        function(torch.full((1, 3, 4), float("nan")))
