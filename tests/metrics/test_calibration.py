# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Calibration errors: by hand, against scikit-learn's curve, and at their ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from monai_skin.metrics import (
    BINS,
    adaptive_calibration_error,
    bin_of,
    classwise_calibration_error,
    expected_calibration_error,
    maximum_calibration_error,
    reliability_bins,
)

ERRORS = [
    adaptive_calibration_error,
    classwise_calibration_error,
    expected_calibration_error,
    maximum_calibration_error,
]
every_error = pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)


def drawn(count, classes=3, seed=0):
    random = np.random.default_rng(seed)
    return random.integers(0, classes, count), random.dirichlet(np.ones(classes), count)


def two(confidence):
    """Probabilities of two classes, the first with the given ones."""
    first = np.asarray(confidence, dtype=float)
    return np.stack([first, 1 - first], axis=1)


def test_a_worked_example():
    # bins of width 0.1: 0.6 and 0.6 lie in (0.5, 0.6], one of them right; 0.9 lies in (0.8, 0.9], right
    truth, probabilities = [0, 1, 0], two([0.6, 0.6, 0.9])
    assert expected_calibration_error(truth, probabilities, 10) == pytest.approx((2 * 0.1 + 1 * 0.1) / 3)
    assert maximum_calibration_error([0, 1, 0], two([0.6, 0.6, 0.75]), 10) == pytest.approx(0.25)


@every_error
def test_being_right_as_often_as_said_is_no_error(error):
    # three of four are right at 0.75, and the other class has 0.25 and is true once in four
    assert error([0, 0, 0, 1], two([0.75] * 4)) == pytest.approx(0)


@every_error
def test_being_certain_and_always_wrong_is_an_error_of_one(error):
    assert error([1, 1], two([1.0, 1.0])) == 1.0


@every_error
@settings(deadline=None, max_examples=20)
@given(st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_order_of_the_images_makes_no_difference(error, count, random):
    truth, probabilities = drawn(count, seed=count)
    probabilities = np.round(probabilities * 4) / 4  # many equal confidences
    probabilities[:, 0] += 1 - probabilities.sum(axis=1)
    probabilities = np.abs(probabilities) / np.abs(probabilities).sum(axis=1, keepdims=True)
    order = list(range(count))
    random.shuffle(order)
    assert error(truth[order], probabilities[order]) == pytest.approx(error(truth, probabilities))


def test_class_by_class_it_is_the_gap_of_scikit_learns_curve():
    truth, probabilities = drawn(500)
    gaps = []
    for index in range(3):
        share, mean = calibration_curve(truth == index, probabilities[:, index], n_bins=BINS)
        held = np.histogram(probabilities[:, index], np.linspace(0, 1, BINS + 1))[0]
        gaps.append((np.abs(share - mean) * held[held > 0]).sum() / 500)
    assert classwise_calibration_error(truth, probabilities) == pytest.approx(np.mean(gaps))


def test_a_border_belongs_to_the_bin_below_it_and_zero_to_the_first():
    edges = np.linspace(0, 1, 5)
    assert bin_of(np.array([0, 0.25, 0.2500001, 0.5, 1.0]), edges).tolist() == [0, 0, 1, 1, 3]


def test_the_bins_hold_what_a_diagram_draws():
    found = reliability_bins([0, 1, 0], two([0.6, 0.6, 0.9]), 2)
    assert found.edges.tolist() == [0, 0.5, 1] and found.images.tolist() == [0, 3]
    assert math.isnan(found.confidence[0]) and math.isnan(found.accuracy[0])
    assert (found.confidence[1], found.accuracy[1]) == pytest.approx((0.7, 2 / 3))


def test_bins_of_equal_mass_hold_equally_many_where_no_two_are_alike():
    truth, probabilities = drawn(150)
    assert reliability_bins(truth, probabilities, equal_mass=True).images.tolist() == [10] * BINS


def test_equal_confidences_are_never_parted():
    found = reliability_bins([0] * 6, two([0.8] * 5 + [0.9]), 3, equal_mass=True)
    assert sorted(found.images.tolist()) == [0, 1, 5]
