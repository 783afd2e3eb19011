# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A curve a class that never falls and makes validation probabilities mean what they say."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from monai_skin.metrics import PROBABILITY_FLOOR, check_predictions

__all__ = ["fit_isotonic"]

Floats = npt.NDArray[np.float64]


def fit_isotonic(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> tuple[list[Floats], list[Floats]]:
    """Each class against the others by isotonic regression, which pools neighbours that are out of order.

    Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability estimates", KDD 2002,
    https://doi.org/10.1145/775047.775151. Where images are few it follows them too closely: the steps of a rare class
    rest on a handful, and a probability may come out as exactly 0 or 1. A class that none or all of the images have
    says nothing of a curve and keeps its probabilities. Probabilities below 1e-7 count as 1e-7.

    Args:
        truth: ``(N,)`` class indices.
        probabilities: ``(N, K)``.

    Returns:
        For each class the thresholds, in ascending order, and their values; only the ends of each step are kept.
    """
    labels, values = check_predictions(truth, probabilities)
    # a row may add up to a little above 1, and so may one probability
    given = np.clip(values, PROBABILITY_FLOOR, 1)
    curves = [_curve(given[:, index], labels == index) for index in range(values.shape[1])]
    return [x for x, _ in curves], [y for _, y in curves]


def _curve(given: Floats, positive: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    if positive.all() or not positive.any():
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    x, place, count = np.unique(given, return_inverse=True, return_counts=True)
    share = np.bincount(place, weights=positive) / count
    # pooling averages, which may leave [0, 1] by a rounding error
    y = np.clip(isotonic_regression(share, weights=count).x, 0, 1)
    steps = np.diff(y) != 0
    kept = np.concatenate([[True], steps]) | np.concatenate([steps, [True]])
    return x[kept], y[kept]
