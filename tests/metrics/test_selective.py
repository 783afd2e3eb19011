# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Errors that are left when the least sure answers are not given."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from monai_skin.errors import InvalidInputError
from monai_skin.metrics import RiskCoverage, area_under_risk_coverage, error_detection_auc, risk_coverage

answers = st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=6)


def test_the_curve_of_four_answers_by_hand():
    # the surest first: right, wrong, right, wrong
    curve = risk_coverage([True, False, True, False], [0.2, 0.1, 0.4, 0.3])
    assert isinstance(curve, RiskCoverage)
    np.testing.assert_allclose(curve.coverage, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(curve.risk, [0, 1 / 2, 1 / 3, 1 / 2])
    assert area_under_risk_coverage([True, False, True, False], [0.2, 0.1, 0.4, 0.3]) == pytest.approx(1 / 3)
    assert error_detection_auc([True, False, True, False], [0.2, 0.1, 0.4, 0.3]) == 0.75


@settings(deadline=None, max_examples=25)
@given(answers)
def test_equally_sure_answers_count_as_the_mean_over_their_orders(pairs):
    wrong, uncertainty = map(list, zip(*pairs, strict=True))
    areas = []
    for order in itertools.permutations(range(len(pairs))):
        if all(uncertainty[a] <= uncertainty[b] for a, b in itertools.pairwise(order)):
            drawn = np.array(wrong)[list(order)]
            areas.append((np.cumsum(drawn) / np.arange(1, len(drawn) + 1)).mean())
    assert area_under_risk_coverage(wrong, uncertainty) == pytest.approx(np.mean(areas))


@settings(deadline=None, max_examples=25)
@given(answers)
def test_no_order_has_a_lower_area_than_that_of_the_errors_themselves(pairs):
    wrong, uncertainty = map(np.array, zip(*pairs, strict=True))
    best, worst = area_under_risk_coverage(wrong, wrong), area_under_risk_coverage(wrong, ~wrong)
    assert best - 1e-12 <= area_under_risk_coverage(wrong, uncertainty) <= worst + 1e-12
    assert risk_coverage(wrong, uncertainty).risk[-1] == pytest.approx(wrong.mean())
    if 0 < wrong.sum() < len(wrong):
        assert error_detection_auc(wrong, uncertainty) == pytest.approx(roc_auc_score(wrong, uncertainty))


def test_without_an_error_there_is_nothing_to_detect():
    assert area_under_risk_coverage([False, False], [0.1, 0.2]) == 0
    assert np.isnan(error_detection_auc([False, False], [0.1, 0.2]))


@pytest.mark.parametrize(
    ("wrong", "uncertainty", "problem"),
    [
        ([True], [0.1, 0.2], r"have the shapes \(1,\) and \(2,\); expected \(N,\) both"),
        ([], [], r"have the shapes \(0,\) and \(0,\)"),
        ([True], [np.nan], "selective: uncertainty is not a number everywhere; expected numbers"),
    ],
)
def test_what_cannot_be_ordered_is_named(wrong, uncertainty, problem):
    with pytest.raises(InvalidInputError, match=problem):
        risk_coverage(wrong, uncertainty)
