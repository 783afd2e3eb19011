# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Corrected intervals, against scipy's from the same resamples and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from monai_skin.evaluation import bca_interval, draw_weights, jackknife, resample


def mean_of(values):
    """A scorer with a single score, the mean of one value a lesion."""

    def score(weights):
        return {"mean": values @ weights / weights.sum(axis=0)}

    return score


def test_the_interval_is_scipys():
    values = np.random.default_rng(0).exponential(size=40)
    scorer = mean_of(values)
    found = resample([scorer], 40, resamples=20_000)[0]
    ours = bca_interval(found.values["mean"], found.samples["mean"], jackknife(scorer, 40)["mean"])
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    # each end is a quantile of 20,000 resamples, known to about 0.003; the percentile interval is off by 0.03
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.012)
    percentile = np.quantile(found.samples["mean"], [0.025, 0.975])
    assert ours[1] > percentile[1] + 0.01, "a skewed score's interval reaches further to the long side"


def test_without_bias_and_acceleration_it_is_the_percentile_interval():
    samples = np.linspace(-1, 1, 2001)
    ours = bca_interval(0.0, samples, np.array([-1.0, 1.0]))
    assert ours == pytest.approx(tuple(np.quantile(samples, [0.025, 0.975])), abs=2e-3)


def test_leaving_one_out_leaves_out_each_lesion_once():
    values = np.array([1.0, 2.0, 6.0])
    np.testing.assert_allclose(jackknife(mean_of(values), 3)["mean"], [4.0, 3.5, 1.5])


def test_more_lesions_than_fit_a_chunk_keep_their_order():
    values = np.arange(123.0)
    np.testing.assert_allclose(jackknife(mean_of(values), 123)["mean"], (values.sum() - values) / 122)


@pytest.mark.parametrize(
    ("value", "samples", "left_out"),
    [
        (0.5, [np.nan, np.nan], [0.4, 0.6]),
        (0.5, [0.6, 0.7, 0.8], [0.4, 0.6]),
        (0.5, [0.4, 0.6], [0.5]),
        (np.nan, [0.4, 0.6], [0.4, 0.6]),
    ],
)
def test_e7_an_interval_that_cannot_be_computed_is_none(value, samples, left_out):
    assert np.isnan(bca_interval(value, np.array(samples), np.array(left_out))).all()


def test_a_score_that_never_changes_has_an_interval_without_width():
    assert bca_interval(1.0, np.ones(10), np.ones(5)) == (1.0, 1.0)


def test_weights_drawn_for_the_intervals_are_those_of_the_bootstrap():
    seen = []

    def scorer(weights):
        seen.append(weights)
        return {"any": weights.sum(axis=0)}

    resample([scorer], 7, resamples=5, seed=3)
    np.testing.assert_array_equal(seen[0], draw_weights(7, 5, np.random.default_rng(3)))
