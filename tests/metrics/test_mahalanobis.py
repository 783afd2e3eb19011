# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Distances from the training images' features."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import mahalanobis
from sklearn.covariance import EmpiricalCovariance, LedoitWolf

from monai_skin.errors import InvalidInputError
from monai_skin.metrics import ClassGaussians, fit_class_gaussians, ledoit_wolf, mahalanobis_distance

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(40, 5)) @ RANDOM.normal(size=(5, 5)) + 3
LABELS = np.arange(40) % 3


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 30), st.integers(1, 8), st.integers(0, 1000))
def test_the_covariance_is_shrunk_as_another_library_shrinks_it(count, features, seed):
    values = np.random.default_rng(seed).normal(size=(count, features)) * np.arange(1, features + 1)
    values -= values.mean(axis=0)
    oracle = LedoitWolf(assume_centered=True).fit(values)
    covariance, share = ledoit_wolf(values)
    assert share == pytest.approx(oracle.shrinkage_, abs=1e-9)
    np.testing.assert_allclose(covariance, oracle.covariance_, atol=1e-9)


def test_few_images_are_shrunk_more_than_many():
    few, many = (ledoit_wolf(np.random.default_rng(0).normal(size=(n, 20)) * np.arange(1, 21))[1] for n in (10, 4000))
    assert few > 0.1 > 0.01 > many


def test_the_distance_is_the_one_to_the_nearest_class_as_another_library_has_it():
    residuals = FEATURES - np.stack([FEATURES[LABELS == one].mean(axis=0) for one in range(3)])[LABELS]
    inverse = np.linalg.inv(LedoitWolf(assume_centered=True).fit(residuals).covariance_)
    others = RANDOM.normal(size=(7, 5)) * 4
    means = [FEATURES[LABELS == one].mean(axis=0) for one in range(3)]
    expected = [min(mahalanobis(row, mean, inverse) for mean in means) for row in others]
    np.testing.assert_allclose(mahalanobis_distance(others, fit_class_gaussians(FEATURES, LABELS)), expected)


def test_with_many_images_of_one_class_it_is_the_plain_mahalanobis_distance():
    values = np.random.default_rng(1).normal(size=(20_000, 2)) @ [[2.0, 1.0], [0.0, 0.5]]
    plain = EmpiricalCovariance().fit(values)
    found = mahalanobis_distance(values[:50], fit_class_gaussians(values, np.zeros(20_000, int)))
    np.testing.assert_allclose(found**2, plain.mahalanobis(values[:50]), rtol=0.01)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000))
def test_the_features_may_be_turned_moved_and_scaled_together(seed):
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.normal(size=(5, 5)))[0] * random.uniform(0.5, 2)
    moved, shift = FEATURES @ turn, random.normal(size=5)
    there = mahalanobis_distance(moved + shift, fit_class_gaussians(moved + shift, LABELS))
    np.testing.assert_allclose(there, mahalanobis_distance(FEATURES, fit_class_gaussians(FEATURES, LABELS)), rtol=1e-6)


def test_a_class_mean_is_at_distance_0_and_a_class_without_images_has_none():
    gaussians = fit_class_gaussians(FEATURES, LABELS * 2)  # classes 0, 2 and 4
    assert gaussians.means.shape == (3, 5)
    centre = FEATURES[LABELS == 1].mean(axis=0)
    assert mahalanobis_distance([centre], gaussians)[0] == pytest.approx(0, abs=1e-6)


def test_a_feature_that_is_no_number_has_no_distance_and_spoils_no_other():
    two = FEATURES[:2].copy()
    two[0, 0] = np.nan
    found = mahalanobis_distance(two, fit_class_gaussians(FEATURES, LABELS))
    assert np.isnan(found[0]) and np.isfinite(found[1])


@pytest.mark.parametrize(
    ("features", "truth", "problem"),
    [
        (np.zeros(3), [0, 0, 0], r"familiarity: features have the shape \(3,\); expected \(N, F\)"),
        (np.zeros((3, 2)), [0, 0], r"truth has the shape \(2,\); expected \(3,\), one class an image, of two or more"),
        (np.full((3, 2), np.inf), [0, 0, 0], "features are not all finite; expected finite numbers"),
        (np.ones((3, 2)), [0, 0, 0], "features do not vary within the classes; expected more images of a class"),
    ],
)
def test_what_cannot_be_fitted_is_named(features, truth, problem):
    with pytest.raises(InvalidInputError, match=problem):
        fit_class_gaussians(features, truth)


def test_another_number_of_features_is_refused():
    gaussians = ClassGaussians(np.zeros((1, 2)), np.eye(2))
    with pytest.raises(InvalidInputError, match="features are 3 an image; expected 2, as fitted"):
        mahalanobis_distance(np.zeros((1, 3)), gaussians)
