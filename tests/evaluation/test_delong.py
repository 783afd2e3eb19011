# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""DeLong's test against counting every pair, scikit-learn's areas, and its invariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation import delong


@st.composite
def scored(draw):
    """Up to thirty images of both kinds, scored twice, often with ties."""
    m, n = draw(st.integers(2, 15)), draw(st.integers(2, 15))
    steps = draw(st.sampled_from([2, 5, 1000]))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    positive = random.permutation(np.arange(m + n) < m)
    return positive, random.integers(0, steps, (2, m + n)) / steps


def by_pairs(positive, scores):
    """Areas and covariance by the formulas of 1988: every positive is held against every negative."""
    wins = np.stack(
        [(row[positive][:, None] > row[~positive]) + (row[positive][:, None] == row[~positive]) / 2 for row in scores]
    )
    m, n = wins.shape[1:]
    return wins.mean(axis=(1, 2)), np.cov(wins.mean(axis=2)) / m + np.cov(wins.mean(axis=1)) / n


@settings(deadline=None, max_examples=60)
@given(scored())
def test_areas_and_covariance_equal_counting_every_pair(case):
    found, (areas, covariance) = delong(*case), by_pairs(*case)
    np.testing.assert_allclose(found.areas, areas, atol=1e-12)
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-10)
    np.testing.assert_allclose(found.areas, [roc_auc_score(case[0], row) for row in case[1]], atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(scored())
def test_exchanging_the_scores_or_stretching_them_changes_nothing(case):
    positive, scores = case
    p = delong(positive, scores).p_value()
    assert delong(positive, scores[::-1]).p_value() == pytest.approx(p, nan_ok=True)
    assert delong(positive, expit(3 * scores)).p_value() == pytest.approx(p, nan_ok=True)
    order = np.random.default_rng(0).permutation(positive.size)
    assert delong(positive[order], scores[:, order]).p_value() == pytest.approx(p, nan_ok=True)


@settings(deadline=None, max_examples=20)
@given(scored())
def test_a_score_does_not_differ_from_itself(case):
    positive, scores = case
    assert delong(positive, scores[[0, 0]]).p_value() == 1


def test_a_worked_example():
    # positives 3 and 1, negatives 2 and 0: V10 = (1, 1/2), V01 = (1/2, 1); each has variance 1/8, over 2 is 1/16
    found = delong([True, True, False, False], [3.0, 1.0, 2.0, 0.0])
    assert found.areas.tolist() == [0.75] and found.covariance[0, 0] == pytest.approx(1 / 8)
    # logit 0.75 = ln 3, its standard error sqrt(1/8) / (3/16) = 1.886
    low, high = found.interval()
    assert (low, high) == pytest.approx(
        (expit(math.log(3) - 1.96 * 1.8856), expit(math.log(3) + 1.96 * 1.8856)), abs=1e-4
    )


def test_areas_variances_and_p_are_those_of_r():
    # package pROC 1.18.0 on R 4.2.2: roc(y, a), roc(y, b), var(), cov() and roc.test(method = "delong", paired = TRUE)
    i = np.arange(40)
    y = (i * 7) % 10 < 3
    a, b = (i * 37 % 41) / 41 + 0.35 * y, np.round((i * 17 % 23) / 23 + 0.25 * y, 1)
    found = delong(y, [a, b])
    np.testing.assert_allclose(found.areas, [0.714285714286, 0.584821428571], atol=1e-12)
    variances = [[0.008014288768257, 0.000492512521282], [0.000492512521282, 0.009813820484703]]
    np.testing.assert_allclose(found.covariance, variances, atol=1e-14)
    assert found.p_value() == pytest.approx(0.318492606229, abs=1e-11)


def test_the_test_keeps_its_level():
    # two scores with equal areas: about 5 % of tests fall below 0.05, so of 400 between 7 and 35 (5 standard errors)
    random = np.random.default_rng(0)
    positive = np.arange(60) < 20
    found = [delong(positive, random.normal(size=(2, 60)) + positive).p_value() for _ in range(400)]
    assert 7 <= (np.array(found) < 0.05).sum() <= 35


def test_an_area_of_one_has_no_width():
    found = delong([True, True, False, False], [[3, 4, 1, 2], [1, 2, 3, 4]])
    assert found.interval(0) == (1, 1) and found.interval(1) == (0, 0)
    assert math.isnan(found.p_value())  # they differ, and four images say nothing of chance


def test_one_kind_alone_has_no_area():
    found = delong([True, True], [[0.1, 0.2], [0.3, 0.1]])
    assert np.isnan(found.areas).all() and math.isnan(found.p_value())


def test_one_positive_has_an_area_and_no_variance():
    found = delong([True, False, False], [[2, 1, 0], [1, 2, 0]])
    assert found.areas.tolist() == [1, 0.5] and math.isnan(found.p_value())


@pytest.mark.parametrize(
    ("scores", "message"),
    [([[1.0, 2.0]], r"scores are \(1, 2\) for \(3,\) images"), ([[1.0, 2.0, math.nan]], "scores are not all finite")],
)
def test_scores_that_cannot_be_ranked_are_refused(scores, message):
    with pytest.raises(InvalidInputError, match=message):
        delong([True, False, False], scores)
