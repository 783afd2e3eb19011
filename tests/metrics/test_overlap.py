# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Overlap scores against scikit-learn, against each other, and at their conventions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from monai.metrics import DiceMetric
from sklearn import metrics as oracle

from monai_skin.errors import InvalidInputError
from monai_skin.metrics import LesionOverlap, overlap_scores

batches = hnp.arrays(np.bool_, (2, 3, 1, 4, 5))


def as_masks(pair: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(pair[0].astype(np.uint8)), torch.from_numpy(pair[1].astype(np.uint8))


@settings(deadline=None)
@given(batches)
def test_scores_equal_scikit_learns_image_by_image(pair):
    scores = overlap_scores(*as_masks(pair))
    for index in range(3):
        guess, truth = pair[0, index].ravel(), pair[1, index].ravel()
        expected = {
            "dice": oracle.f1_score(truth, guess, zero_division=1),
            "jaccard": oracle.jaccard_score(truth, guess, zero_division=1),
            "sensitivity": oracle.recall_score(truth, guess, zero_division=1),
            "specificity": oracle.recall_score(~truth, ~guess, zero_division=1),
            "pixel_accuracy": oracle.accuracy_score(truth, guess),
        }
        for name, value in expected.items():
            assert scores[name][index].item() == pytest.approx(value), name


@settings(deadline=None)
@given(batches)
def test_jaccard_follows_from_dice(pair):
    scores = overlap_scores(*as_masks(pair))
    torch.testing.assert_close(scores["jaccard"], scores["dice"] / (2 - scores["dice"]))


@settings(deadline=None)
@given(batches)
def test_dice_equals_monais_where_an_empty_pair_counts_as_one(pair):
    metric = DiceMetric(ignore_empty=False, reduction="none")
    guess, truth = as_masks(pair)
    theirs = metric(guess, truth)[:, 0]
    torch.testing.assert_close(overlap_scores(guess, truth)["dice"], theirs.double())


def test_e4_two_empty_masks_agree_perfectly():
    empty = torch.zeros(1, 1, 4, 4)
    assert {name: value.item() for name, value in overlap_scores(empty, empty).items()} == dict.fromkeys(
        ("dice", "jaccard", "thresholded_jaccard", "sensitivity", "specificity", "pixel_accuracy"), 1.0
    )


@pytest.mark.parametrize(("found", "expected"), [(64, 0.0), (65, 0.65), (66, 0.66)])
def test_a_jaccard_below_65_hundredths_counts_as_a_miss(found, expected):
    truth = torch.ones(1, 1, 10, 10)
    guess = (torch.arange(100) < found).view(1, 1, 10, 10)
    assert overlap_scores(guess, truth)["thresholded_jaccard"].item() == pytest.approx(expected)


@settings(deadline=None, max_examples=30)
@given(hnp.arrays(np.bool_, (2, 6, 1, 3, 3)), st.permutations(range(6)), st.integers(1, 5))
def test_e6_the_mean_does_not_depend_on_order_or_batches(pair, order, cut):
    guess, truth = as_masks(pair)
    whole, parts = LesionOverlap("jaccard"), LesionOverlap("jaccard")
    whole(guess, truth)
    for chunk in (order[:cut], order[cut:]):
        parts(guess[chunk], truth[chunk])
    torch.testing.assert_close(whole.aggregate(), parts.aggregate())


def test_a_mean_over_no_image_is_not_a_number():
    assert torch.isnan(LesionOverlap().aggregate())


def test_different_shapes_are_named():
    with pytest.raises(InvalidInputError, match=r"shape is \(1, 1, 2, 2\) against a truth of \(1, 1, 2, 3\)"):
        overlap_scores(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 3))


def test_probabilities_are_not_masks():
    with pytest.raises(InvalidInputError, match="predicted has other values; expected 0 and 1 only"):
        overlap_scores(torch.full((1, 1, 2, 2), 0.4), torch.zeros(1, 1, 2, 2))


def test_an_unknown_score_is_refused():
    with pytest.raises(ValueError, match="score must be one of dice, "):
        LesionOverlap("iou")
