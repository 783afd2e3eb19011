# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fitting a scale and a bias a class."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from monai_skin.evaluation import PULL, TEMPERATURES, fit_temperature, fit_vector
from monai_skin.metrics import negative_log_likelihood

SCALES, BIASES = np.array([0.5, 1.0, 2.0]), np.array([-1.0, 0.0, 1.0])


def drawn(count, seed=0, scales=SCALES, biases=BIASES):
    """Probabilities, and classes drawn by what scales and biases make of them."""
    random = np.random.default_rng(seed)
    probabilities = softmax(random.normal(size=(count, len(scales))) * 1.5, axis=1)
    share = softmax(np.log(probabilities) * scales + biases, axis=1)
    truth = (share.cumsum(axis=1) < random.random((count, 1))).sum(axis=1)
    return np.minimum(truth, len(scales) - 1), probabilities


def applied(probabilities, scales, biases):
    return softmax(np.log(probabilities) * scales + biases, axis=1)


def test_the_scales_and_biases_that_truth_was_drawn_by_are_found():
    truth, probabilities = drawn(20_000)
    scales, biases = fit_vector(truth, probabilities)
    # 20,000 images settle each to about 0.03; only differences of biases have a meaning
    assert scales == pytest.approx(SCALES, abs=0.1)
    assert biases - biases.mean() == pytest.approx(BIASES - BIASES.mean(), abs=0.1)


def test_no_other_solver_finds_a_better_point():
    truth, probabilities = drawn(60)
    base = 1 / fit_temperature(truth, probabilities)

    def loss(point):  # as documented, written out anew
        found = log_softmax(np.log(probabilities) * point[:3] + point[3:], axis=1)
        pull = ((point[:3] / base - 1) ** 2).sum() + (point[3:] ** 2).sum()
        return -found[np.arange(60), truth].sum() + PULL / 2 * pull

    ours = np.concatenate(fit_vector(truth, probabilities))
    options = {"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-7, "fatol": 1e-9, "adaptive": True}
    other = minimize(loss, np.concatenate([np.full(3, base), np.zeros(3)]), method="Nelder-Mead", options=options)
    assert ours == pytest.approx(other.x, abs=1e-3)
    assert loss(ours) <= other.fun + 1e-9


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000))
def test_the_likelihood_on_the_images_fitted_on_is_no_lower_than_at_the_temperature_or_as_given(seed):
    truth, probabilities = drawn(25, seed)
    after = negative_log_likelihood(truth, applied(probabilities, *fit_vector(truth, probabilities)))
    base = 1 / fit_temperature(truth, probabilities)
    at_temperature = negative_log_likelihood(truth, softmax(np.log(probabilities) * base, axis=1))
    assert after <= at_temperature + 1e-9
    assert after <= negative_log_likelihood(truth, probabilities) + 1e-9


def test_a_class_without_images_is_lowered_but_not_ruled_out():
    truth, probabilities = drawn(500)
    kept = truth != 1
    scales, biases = fit_vector(truth[kept], probabilities[kept])
    out = applied(probabilities[kept], scales, biases)[:, 1].mean()
    assert np.isfinite([*scales, *biases]).all()
    # the largest bias a likelihood of 1 for every image could hold against the pull is that of some dozens of images
    assert 1e-5 < out < probabilities[kept, 1].mean() / 5


def test_probabilities_of_0_and_1_and_constant_ones_give_finite_numbers():
    for probabilities in (np.eye(3)[[0, 1, 2, 0]], np.full((4, 3), 1 / 3)):
        scales, biases = fit_vector([0, 1, 1, 2], probabilities)
        assert np.isfinite([*scales, *biases]).all()
        assert ((scales > 0.99 / TEMPERATURES[1]) & (scales < 1.01 / TEMPERATURES[0])).all()


def test_classes_in_another_order_get_the_same_numbers_in_that_order():
    truth, probabilities = drawn(200)
    order = np.array([2, 0, 1])
    turned = fit_vector(np.argsort(order)[truth], probabilities[:, order])
    for one, other in zip(turned, fit_vector(truth, probabilities), strict=True):
        assert one == pytest.approx(other[order], abs=1e-4)
