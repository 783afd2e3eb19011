# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fitting a temperature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from monai_skin.evaluation import TEMPERATURES, calibrated, fit_temperature
from monai_skin.metrics import expected_calibration_error, negative_log_likelihood
from monai_skin.transforms.calibration import TemperatureCalibration


def drawn(count=400, seed=0):
    """Logits and classes drawn by their own softmax: calibrated as they are."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(count, 4)) * 1.5
    share = softmax(logits, axis=1)
    return logits, (share.cumsum(axis=1) < random.random((count, 1))).sum(axis=1)


def test_the_temperature_that_overconfidence_was_made_with_is_found():
    logits, truth = drawn(20_000)
    # calibrated logits times 3 need to be divided by 3; 20,000 images settle it to about 2 %
    assert fit_temperature(truth, softmax(3 * logits, axis=1)) == pytest.approx(3, rel=0.05)


@settings(deadline=None, max_examples=15)
@given(st.floats(0.3, 2))
def test_logits_k_times_as_large_need_a_temperature_k_times_as_high(factor):
    logits, truth = drawn()
    once = fit_temperature(truth, softmax(logits, axis=1))
    assert fit_temperature(truth, softmax(factor * logits, axis=1)) == pytest.approx(factor * once, rel=1e-4)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000), st.floats(0.2, 4))
def test_the_likelihood_on_the_images_fitted_on_never_falls(seed, factor):
    logits, truth = drawn(30, seed)
    probabilities = softmax(factor * logits, axis=1)
    found = fit_temperature(truth, probabilities)
    after = negative_log_likelihood(truth, calibrated(probabilities, found))
    assert after <= negative_log_likelihood(truth, probabilities) + 1e-9


def test_the_predicted_class_stays_and_the_calibration_error_falls():
    logits, truth = drawn(5000)
    probabilities = softmax(3 * logits, axis=1)
    after = calibrated(probabilities, fit_temperature(truth, probabilities))
    assert (after.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert expected_calibration_error(truth, after) < expected_calibration_error(truth, probabilities) / 3


def test_images_that_are_all_right_or_all_wrong_end_at_an_end():
    right = np.array([[0.9, 0.1], [0.1, 0.9]])
    assert fit_temperature([0, 1], right) == pytest.approx(TEMPERATURES[0])
    assert fit_temperature([1, 0], right) == pytest.approx(TEMPERATURES[1])


def test_a_probability_of_zero_is_no_obstacle():
    found = fit_temperature([0, 1, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert TEMPERATURES[0] < found < TEMPERATURES[1]


def test_a_temperature_is_applied_the_same_from_a_number_and_from_a_calibration():
    probabilities = np.array([[1.0, 0.0], [0.9, 0.1]])
    whole = TemperatureCalibration(classes=("mel", "nv"), fitted_on="validation", images=2, temperature=2.0)
    np.testing.assert_array_equal(calibrated(probabilities, whole), calibrated(probabilities, 2.0))
    # what is below 1e-7 counts as 1e-7: odds of 1e7 to 1 become their root
    assert calibrated(probabilities, 2.0)[0, 1] == pytest.approx(1 / (1 + 1e7**0.5), rel=1e-6)
