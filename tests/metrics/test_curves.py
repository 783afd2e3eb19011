# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Points of curves against scikit-learn, and net benefit against the formula written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve, roc_curve

from monai_skin.metrics import net_benefit, precision_recall_points, roc_points

images = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=40).filter(
    lambda rows: len({positive for positive, _ in rows}) == 2
)


@settings(deadline=None)
@given(images)
def test_roc_points_are_scikit_learns(rows):
    positive, score = (np.array(column) for column in zip(*rows, strict=True))
    ours, theirs = roc_points(positive, score / 5), roc_curve(positive, score / 5, drop_intermediate=False)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other)


@settings(deadline=None)
@given(images)
def test_precision_recall_points_are_scikit_learns(rows):
    positive, score = (np.array(column) for column in zip(*rows, strict=True))
    precision, recall, thresholds = precision_recall_points(positive, score / 5)
    theirs = precision_recall_curve(positive, score / 5)
    # theirs begin at the lowest threshold, and end with the point where nothing is called
    np.testing.assert_allclose(precision, theirs[0][::-1])
    np.testing.assert_allclose(recall, theirs[1][::-1])
    np.testing.assert_allclose(thresholds[1:], theirs[2][::-1])


def test_without_positive_images_there_is_no_sensitivity_and_no_recall():
    assert np.isnan(roc_points([False, False], [0.1, 0.2])[1]).all()
    assert np.isnan(precision_recall_points([False, False], [0.1, 0.2])[1]).all()


@settings(deadline=None)
@given(images, st.floats(0, 0.95))
def test_net_benefit_is_the_formula(rows, limit):
    positive, score = (np.array(column) for column in zip(*rows, strict=True))
    called = score / 5 >= limit
    wanted = ((called & positive).sum() - (called & ~positive).sum() * limit / (1 - limit)) / len(rows)
    assert net_benefit(positive, score / 5, [limit])[0] == pytest.approx(wanted)


def test_at_no_threshold_calling_everyone_is_worth_the_share_of_positives():
    assert net_benefit([True, False, False, False], [1.0] * 4, [0.0])[0] == 0.25


@pytest.mark.parametrize("limit", [-0.1, 1.0])
def test_a_threshold_that_is_no_probability_below_one_is_refused(limit):
    with pytest.raises(ValueError, match="from 0 to below 1"):
        net_benefit([True, False], [0.1, 0.2], [limit])
