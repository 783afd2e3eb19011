# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Bootstrap intervals: against scipy, by groups, and where none can be had."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from monai_skin.errors import InvalidInputError
from monai_skin.metrics import bootstrap_mean


def test_the_interval_agrees_with_scipys_for_single_images():
    values = np.random.default_rng(0).beta(8, 2, 200)
    ours = bootstrap_mean(values, resamples=5000)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=5000, method="percentile", random_state=np.random.default_rng(1)
    ).confidence_interval
    assert ours.mean == pytest.approx(values.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.002)


def test_images_of_one_lesion_move_together():
    values = np.random.default_rng(0).normal(size=40)
    alone = bootstrap_mean(values)
    thrice = bootstrap_mean(np.repeat(values, 3), np.repeat(np.arange(40), 3))
    # copies of a lesion add no information: the interval must not shrink
    assert (thrice.low, thrice.high) == pytest.approx((alone.low, alone.high))


def test_the_same_number_everywhere_has_an_interval_of_no_width():
    assert bootstrap_mean([0.5] * 10) == (0.5, 0.5, 0.5)


def test_the_same_seed_gives_the_same_interval():
    values = list(range(30))
    assert bootstrap_mean(values, seed=3) == bootstrap_mean(values, seed=3) != bootstrap_mean(values, seed=4)


def test_e7_one_group_has_a_mean_and_no_interval():
    result = bootstrap_mean([0.2, 0.4], ["lesion", "lesion"])
    assert result.mean == pytest.approx(0.3)
    assert math.isnan(result.low) and math.isnan(result.high)


def test_an_interval_reads_as_a_sentence_would():
    assert str(bootstrap_mean([0.5] * 10)) == "0.500 (0.500 to 0.500)"


@pytest.mark.parametrize("values", [[], [0.5, float("nan")]])
def test_what_is_not_finite_is_refused(values):
    with pytest.raises(InvalidInputError, match="not finite of"):
        bootstrap_mean(values)


def test_groups_must_be_as_many_as_values():
    with pytest.raises(InvalidInputError, match="names 1 for 2 values; expected one group a value"):
        bootstrap_mean([1.0, 2.0], ["a"])
