# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fitting a curve a class."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from monai_skin.evaluation import fit_isotonic


def drawn(count, seed=0, steps=1_000_000, classes=3):
    """Rows of probabilities in so many steps, with ties where these are few, and classes that follow them loosely."""
    random = np.random.default_rng(seed)
    probabilities = (random.multinomial(steps, random.dirichlet(np.ones(classes), size=count)) / steps).clip(1e-6, 1)
    truth = (probabilities.cumsum(axis=1) < random.random((count, 1))).sum(axis=1).clip(0, classes - 1)
    truth[:classes] = range(classes)
    return truth, probabilities


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([20, 1_000_000]))
def test_curves_are_those_of_scikit_learn(seed, steps):
    truth, probabilities = drawn(60, seed, steps)
    new = np.linspace(0, 1, 201)
    for index, (x, y) in enumerate(zip(*fit_isotonic(truth, probabilities), strict=True)):
        other = IsotonicRegression(out_of_bounds="clip").fit(probabilities[:, index], truth == index)
        np.testing.assert_allclose(np.interp(new, x, y), other.predict(new), atol=1e-9)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_thresholds_rise_and_values_never_fall(seed):
    for x, y in zip(*fit_isotonic(*drawn(40, seed, 20)), strict=True):
        assert (np.diff(x) > 0).all() and (np.diff(y) >= 0).all()
        assert x.min() >= 0 and x.max() <= 1 and y.min() >= 0 and y.max() <= 1


def test_neighbours_out_of_order_are_pooled():
    # of class 0, in the order of its probability: no, yes, no, yes; the two in the middle become one half
    probabilities = np.array([[0.1, 0.9], [0.3, 0.7], [0.6, 0.4], [0.8, 0.2]])
    thresholds, values = fit_isotonic([1, 0, 1, 0], probabilities)
    assert thresholds[0].tolist() == [0.1, 0.3, 0.6, 0.8]
    assert values[0].tolist() == [0.0, 0.5, 0.5, 1.0]


def test_the_mean_of_a_curve_over_the_images_is_the_share_of_the_class():
    truth, probabilities = drawn(80)
    for index, (x, y) in enumerate(zip(*fit_isotonic(truth, probabilities), strict=True)):
        assert np.interp(probabilities[:, index], x, y).mean() == pytest.approx((truth == index).mean())


def test_a_class_that_no_image_has_keeps_its_probabilities():
    thresholds, values = fit_isotonic([0, 1, 1], [[0.6, 0.3, 0.1], [0.2, 0.6, 0.2], [0.1, 0.8, 0.1]])
    assert thresholds[2].tolist() == values[2].tolist() == [0.0, 1.0]


def test_constant_probabilities_become_the_share_of_the_class():
    thresholds, values = fit_isotonic([0, 0, 0, 1], np.full((4, 2), 0.5))
    assert [one.tolist() for one in thresholds] == [[0.5], [0.5]]
    assert [one.tolist() for one in values] == [[0.75], [0.25]]
