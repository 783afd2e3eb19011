# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Prediction sets that hold the true class as often as asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.evaluation import CONFORMAL_SCORES, conformal_scores, fit_conformal, prediction_sets

every_score = pytest.mark.parametrize("kind", CONFORMAL_SCORES)
alphas = st.floats(0.01, 0.99)
seeds = st.integers(0, 1000)
kinds = st.sampled_from(CONFORMAL_SCORES)


def drawn(count, seed=0, classes=4):
    """Rows with many ties among their probabilities, and classes drawn by them."""
    random = np.random.default_rng(seed)
    probabilities = random.multinomial(20, random.dirichlet(np.ones(classes), size=count)) / 20
    truth = (probabilities.cumsum(axis=1) < random.random((count, 1))).sum(axis=1)
    return truth.clip(0, classes - 1), probabilities


def covered(truth, sets):
    return sets[np.arange(len(truth)), truth]


def test_scores_are_those_worked_out_by_hand():
    rows = [[0.5, 0.3, 0.2], [0.4, 0.4, 0.2]]
    np.testing.assert_allclose(conformal_scores(rows, "lac"), [[0.5, 0.7, 0.8], [0.6, 0.6, 0.8]])
    # what lies above: nothing, 0.5, 0.5 + 0.3; of two that are equal neither lies above the other
    np.testing.assert_allclose(conformal_scores(rows, "aps"), [[0, 0.5, 0.8], [0, 0, 0.8]])


def test_thresholds_and_sets_are_those_worked_out_by_hand():
    # four images whose true classes, all 0, have the scores 0.1, 0.2, 0.4, 0.6
    rows = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.4, 0.6]])
    # alpha 0.4: ceil(5 * 0.6) = 3, the third smallest; alpha 0.2: ceil(5 * 0.8) = 4, the fourth; 0.1: the fifth of four
    for alpha, expected in ((0.4, 0.4), (0.2, 0.6), (0.1, math.inf)):
        assert fit_conformal([0] * 4, rows, alpha).tolist() == pytest.approx([expected] * 2)
    sets = prediction_sets([[0.7, 0.3], [0.5, 0.5], [0.35, 0.65]], [0.6, 0.6])
    assert sets.tolist() == [[True, False], [True, True], [False, True]]
    assert prediction_sets([[0.5, 0.5]], [0.4, 0.4]).tolist() == [[False, False]]
    # aps: 0 where the true class is the most probable one, else what lies above it: 0, 0, 0, 0.6
    assert fit_conformal([0] * 4, rows, 0.4, "aps").tolist() == [0, 0]
    assert fit_conformal([0] * 4, rows, 0.2, "aps").tolist() == [0.6, 0.6]
    assert prediction_sets([[0.7, 0.3], [0.55, 0.45]], [0.6, 0.6], "aps").tolist() == [[True, False], [True, True]]


def test_nine_images_are_the_fewest_for_a_tenth():
    rows = np.tile([0.7, 0.3], (9, 1))  # ceil(10 * 0.9) = 9
    assert np.isfinite(fit_conformal([0] * 9, rows, 0.1)).all()
    assert np.isinf(fit_conformal([0] * 8, rows[:8], 0.1)).all()


def test_a_product_a_rounding_error_above_a_whole_number_counts_as_that_number():
    # ceil(10 * 0.3) = 3, though 10 * (1 - 0.7) comes out as 3.0000000000000004: the third smallest of 0.1 to 0.9
    assert 10 * (1 - 0.7) > 3
    own = np.arange(1, 10) / 10
    assert fit_conformal([0] * 9, np.stack([1 - own, own], axis=1), 0.7).tolist() == pytest.approx([0.3, 0.3])


@settings(deadline=None, max_examples=40)
@given(seeds, st.integers(1, 60), alphas, kinds, st.booleans())
def test_sets_cover_the_images_they_were_fitted_on(seed, count, alpha, kind, by_class):
    truth, probabilities = drawn(count, seed)
    sets = prediction_sets(probabilities, fit_conformal(truth, probabilities, alpha, kind, by_class), kind)
    hits = covered(truth, sets)
    assert hits.mean() >= 1 - alpha - 1e-9
    if by_class:
        assert all(hits[truth == index].mean() >= 1 - alpha - 1e-9 for index in np.unique(truth))


@settings(deadline=None, max_examples=25)
@given(seeds, alphas, alphas, kinds, st.booleans())
def test_sets_for_fewer_misses_hold_those_for_more(seed, one, other, kind, by_class):
    truth, probabilities = drawn(30, seed)
    strict, lax = (
        prediction_sets(probabilities, fit_conformal(truth, probabilities, alpha, kind, by_class), kind)
        for alpha in sorted((one, other))
    )
    assert (strict | ~lax).all()


@settings(deadline=None, max_examples=25)
@given(seeds, kinds, st.booleans(), st.permutations(range(4)))
def test_the_order_of_classes_and_of_images_changes_nothing(seed, kind, by_class, order):
    truth, probabilities = drawn(30, seed)
    thresholds = fit_conformal(truth, probabilities, 0.2, kind, by_class)
    sets = prediction_sets(probabilities, thresholds, kind)
    labels, columns = np.argsort(order)[truth][::-1], probabilities[:, order][::-1]
    turned = fit_conformal(labels, columns, 0.2, kind, by_class)
    np.testing.assert_array_equal(turned, thresholds[list(order)])
    np.testing.assert_array_equal(prediction_sets(columns, turned, kind), sets[:, order][::-1])


@every_score
@pytest.mark.parametrize("by_class", [False, True])
def test_coverage_of_new_images_is_as_the_theory_says(kind, by_class):
    # Of scores without ties the number covered among m new images, for a threshold at rank k of n, is beta-binomial
    # (m, k, n + 1 - k); ties only raise it. Both tails of one in ten thousand, the upper one where ties are none.
    random, n, m, alpha = np.random.default_rng(5), 499, 4000, 0.1
    probabilities = random.dirichlet([1.0, 0.7, 0.4], size=n + m)
    truth = (probabilities.cumsum(axis=1) < random.random((n + m, 1))).sum(axis=1).clip(0, 2)
    thresholds = fit_conformal(truth[:n], probabilities[:n], alpha, kind, by_class)
    hits = covered(truth[n:], prediction_sets(probabilities[n:], thresholds, kind))
    groups = [truth == index for index in range(3)] if by_class else [np.ones(n + m, dtype=bool)]
    for group in groups:
        few, many = int(group[:n].sum()), int(group[n:].sum())
        rank = math.ceil((few + 1) * (1 - alpha))
        low, high = betabinom.ppf([1e-4, 1 - 1e-4], many, rank, few + 1 - rank)
        found = hits[group[n:]].sum()
        assert low <= found and (found <= high or kind == "aps")


@every_score
def test_a_class_with_too_few_images_is_in_every_set(kind):
    truth, probabilities = drawn(60)
    truth[truth == 2] = 0
    truth[:3] = 2
    thresholds = fit_conformal(truth, probabilities, 0.1, kind, by_class=True)
    assert np.isinf(thresholds).tolist() == [False, False, True, False]
    assert prediction_sets(probabilities, thresholds, kind)[:, 2].all()


@every_score
def test_constant_probabilities_give_every_class(kind):
    flat = np.full((20, 4), 0.25)
    assert prediction_sets(flat, fit_conformal([0] * 20, flat, 0.2, kind), kind).all()


@every_score
def test_probabilities_of_0_and_1_are_no_obstacle(kind):
    hard = np.eye(3)[[0, 1, 2] * 5]
    right, wrong = [0, 1, 2] * 5, [1, 2, 0] * 5
    np.testing.assert_array_equal(prediction_sets(hard, fit_conformal(right, hard, 0.1, kind), kind), hard == 1)
    assert prediction_sets(hard, fit_conformal(wrong, hard, 0.1, kind), kind).all()


def test_the_most_probable_class_is_in_every_adaptive_set():
    truth, probabilities = drawn(50, 3)
    sets = prediction_sets(probabilities, fit_conformal(truth, probabilities, 0.9, "aps"), "aps")
    assert sets[np.arange(50), probabilities.argmax(axis=1)].all()


@pytest.mark.parametrize("alpha", [0, 1, -0.1, math.nan])
def test_a_share_that_is_none_is_told(alpha):
    with pytest.raises(UsageError, match="conformal: alpha is .*; expected a number between 0 and 1"):
        fit_conformal([0], [[0.5, 0.5]], alpha)


def test_another_score_and_other_probabilities_are_told():
    with pytest.raises(UsageError, match="conformal: kind is 'raps'; expected one of lac, aps"):
        fit_conformal([0], [[0.5, 0.5]], 0.1, "raps")
    with pytest.raises(InvalidInputError, match="probabilities add up to 2 in row 0"):
        prediction_sets([[1.0, 1.0]], [0.5, 0.5])
