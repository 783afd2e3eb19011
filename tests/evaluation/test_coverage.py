# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Coverage of prediction sets, with intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation import clopper_pearson, coverage_report
from monai_skin.metrics import bootstrap_mean

TRUTH = np.array([0, 0, 0, 1, 1, 1])
# sizes 1, 2, 0, 1, 3, 1; the true class is in all but the third and the sixth
SETS = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0], [1, 1, 1], [1, 0, 0]], dtype=bool)
LESIONS = ["a", "a", "b", "c", "d", "d"]


@pytest.mark.parametrize(("successes", "trials"), [(0, 5), (5, 5), (3, 7), (90, 100)])
def test_the_exact_interval_is_that_of_scipys_test(successes, trials):
    expected = binomtest(successes, trials).proportion_ci(0.95, method="exact")
    found = clopper_pearson(successes, trials)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.mean == successes / trials


def test_a_report_worked_out_by_hand():
    report = coverage_report(TRUTH, SETS)
    assert report.coverage == clopper_pearson(4, 6)
    assert report.by_class == (clopper_pearson(2, 3), clopper_pearson(2, 3), None)
    assert report.images == (3, 3, 0)
    assert report.mean_size == pytest.approx(8 / 6)
    assert (report.singletons, report.empty) == pytest.approx((3 / 6, 1 / 6))


def test_intervals_are_from_resampling_lesions_where_these_are_known():
    report = coverage_report(TRUTH, SETS, LESIONS, resamples=200)
    covered = [1.0, 1.0, 0.0, 1.0, 1.0, 0.0]
    assert report.coverage == bootstrap_mean(covered, LESIONS, resamples=200)
    assert report.by_class[1] == bootstrap_mean(covered[3:], LESIONS[3:], resamples=200)


def test_where_all_or_none_are_covered_lesions_are_the_trials():
    everything = coverage_report(TRUTH, np.ones_like(SETS), LESIONS)
    assert everything.coverage == clopper_pearson(4, 4)
    assert everything.by_class[0] == clopper_pearson(2, 2)
    assert coverage_report(TRUTH, np.zeros_like(SETS), LESIONS).coverage == clopper_pearson(0, 4)


@pytest.mark.parametrize(
    ("truth", "sets", "lesions", "message"),
    [
        ([0], [[1.0, 0.0]], None, r"sets are float64 of the shape \(1, 2\); expected bool of the shape \(N, K\)"),
        ([], np.zeros((0, 2), bool), None, r"sets are bool of the shape \(0, 2\); expected bool"),
        ([0], SETS, None, r"truth is int64 of the shape \(1,\); expected whole numbers of the shape \(6,\)"),
        (TRUTH + 2, SETS, None, "truth holds classes 2 to 3; expected 0 to 2"),
        (TRUTH, SETS, ["a"], "lesions names 1 for 6 images; expected one an image"),
    ],
)
def test_what_does_not_fit_together_is_told(truth, sets, lesions, message):
    with pytest.raises(InvalidInputError, match=f"^coverage: {message}"):
        coverage_report(truth, sets, lesions)
