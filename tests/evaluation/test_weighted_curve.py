# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Weighted curves against scikit-learn on images written out as often as they were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from monai_skin.evaluation import CurveSums, WeightedCurve


@settings(deadline=None, max_examples=60)
@given(st.integers(4, 30), st.integers(2, 10), st.booleans(), st.integers(0, 10_000))
def test_a_resample_has_the_curve_of_its_images_written_out(images, lesions, turn, seed):
    random = np.random.default_rng(seed)
    member = random.permutation(np.append(np.arange(lesions), random.integers(0, lesions, images)))
    score = random.integers(0, 6, len(member)) / 5  # many ties
    positive = random.random(len(member)) < 0.5
    weights = random.integers(0, 3, (lesions, 4)).astype(float)
    sums = WeightedCurve(positive, score, member, lesions, turn=turn)(weights)
    area = sums.area()
    for column in range(4):
        rows = np.repeat(np.arange(len(member)), weights[member, column].astype(int))
        truth, values = positive[rows], score[rows]
        if 0 < truth.sum() < len(truth):
            assert area[column] == pytest.approx(roc_auc_score(truth, values))
        else:
            assert np.isnan(area[column])
        if sums.turned or not 0 < truth.sum() < len(truth):
            continue
        assert sums.average_precision()[column] == pytest.approx(average_precision_score(truth, values))
        false, true, _ = roc_curve(truth, values, drop_intermediate=False)
        for level in (0.5, 0.8, 1.0):
            assert sums.sensitivity_at(level)[column] == pytest.approx(true[1 - false >= level - 1e-9].max())
            assert sums.specificity_at(level)[column] == pytest.approx((1 - false)[true >= level - 1e-9].max())


def test_average_precision_by_hand():
    # ranked + - + -: precision 1 at the first positive, 2/3 at the second
    curve = WeightedCurve(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1]), np.arange(4), 4)
    assert curve(np.ones((4, 1))).average_precision() == pytest.approx((1 + 2 / 3) / 2)


def test_a_side_without_images_has_no_measure():
    curve = WeightedCurve(np.zeros(3, bool), np.array([0.1, 0.2, 0.3]), np.arange(3), 3, turn=False)
    sums = curve(np.ones((3, 2)))
    for values in (sums.area(), sums.average_precision(), sums.sensitivity_at(0.9), sums.specificity_at(0.9)):
        assert values.shape == (2,) and np.isnan(values).all()


def test_a_turned_curve_refuses_what_it_cannot_tell():
    sums = CurveSums(np.ones((1, 1)), np.ones((3, 1)), turned=True)
    with pytest.raises(ValueError, match="turn=False"):
        sums.average_precision()
