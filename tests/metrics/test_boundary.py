# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Boundary distances against MONAI's and a case worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis.extra import numpy as hnp
from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance

from monai_skin.errors import InvalidInputError
from monai_skin.metrics import boundary_distances


def square(left: int, right: int) -> np.ndarray:
    mask = np.zeros((20, 40), bool)
    mask[5:15, left:right] = True
    return mask


def test_a_lesion_moved_by_three_pixels_has_a_95th_percentile_of_three():
    assert boundary_distances(square(5, 15), square(8, 18))["hd95"] == pytest.approx(3.0)


def test_distances_are_in_the_unit_of_the_spacing():
    pixels, millimetres = (boundary_distances(square(5, 15), square(8, 18), spacing=s) for s in (1.0, 0.1))
    assert millimetres["average"] == pytest.approx(pixels["average"] / 10)


def as_monai(mask: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(mask)[None, None]


@settings(deadline=None, max_examples=50)
@given(hnp.arrays(np.bool_, (2, 8, 9)))
def test_the_percentile_equals_monais(pair):
    # MONAI keeps the image's border out of the outline, so the lesion is put inside a margin
    guess, truth = (np.pad(mask, 2) for mask in pair)
    assume(guess.any() and truth.any())
    theirs = compute_hausdorff_distance(as_monai(guess), as_monai(truth), include_background=True, percentile=95)
    assert boundary_distances(guess, truth)["hd95"] == pytest.approx(theirs.item(), abs=1e-4)


@settings(deadline=None, max_examples=30)
@given(hnp.arrays(np.bool_, (2, 8, 9)))
def test_the_average_equals_monais_of_both_directions(pair):
    guess, truth = (np.pad(mask, 2) for mask in pair)
    assume(guess.any() and truth.any())
    theirs = compute_average_surface_distance(as_monai(guess), as_monai(truth), include_background=True, symmetric=True)
    assert boundary_distances(guess, truth)["average"] == pytest.approx(theirs.item(), abs=1e-4)


def test_swapping_the_masks_changes_nothing():
    a, b = square(5, 15), square(9, 30)
    assert boundary_distances(a, b) == boundary_distances(b, a)


def test_no_distance_is_defined_to_an_empty_mask_but_two_empty_ones_agree():
    empty = np.zeros((20, 40), bool)
    assert boundary_distances(empty, empty) == {"average": 0.0, "hd95": 0.0}
    assert all(math.isnan(value) for value in boundary_distances(square(1, 3), empty).values())


def test_different_shapes_are_refused():
    with pytest.raises(InvalidInputError, match="against a truth of"):
        boundary_distances(np.zeros((2, 2), bool), np.zeros((2, 3), bool))
