# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Points of the curves that show what every threshold would do.

An image is called positive when its score reaches the threshold.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from monai_skin.metrics.classification import Floats

__all__ = ["net_benefit", "precision_recall_points", "roc_points"]


def roc_points(positive: npt.ArrayLike, score: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    """False positive rate, true positive rate and threshold, from calling nothing positive to calling everything so.

    Args:
        positive: ``(N,)`` bool.
        score: ``(N,)``, higher for positive.

    Returns:
        Three arrays of one value a distinct score, and one more at the front, whose threshold is infinite; the rates of
        a side without images are NaN.
    """
    is_positive = np.asarray(positive, dtype=bool)
    called, right, thresholds = _counts(is_positive, np.asarray(score, dtype=np.float64))
    with np.errstate(invalid="ignore"):
        rates = (called - right) / (~is_positive).sum(), right / is_positive.sum()
    return *rates, thresholds


def precision_recall_points(positive: npt.ArrayLike, score: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and threshold, from the highest threshold to the lowest.

    Arguments and form as for :func:`roc_points`. Where nothing is called positive, precision counts as 1.
    """
    is_positive = np.asarray(positive, dtype=bool)
    called, right, thresholds = _counts(is_positive, np.asarray(score, dtype=np.float64))
    with np.errstate(invalid="ignore"):
        return np.where(called > 0, right / np.maximum(called, 1), 1.0), right / is_positive.sum(), thresholds


def net_benefit(positive: npt.ArrayLike, score: npt.ArrayLike, thresholds: npt.ArrayLike) -> Floats:
    r"""True positives less weighed false positives, a share of all images, for each threshold.

    Vickers and Elkin, "Decision curve analysis", Medical Decision Making 26 (2006):
    :math:`\mathrm{TP}/N - \mathrm{FP}/N \cdot t/(1 - t)`. It takes the score for the probability that it should be, and
    compares with calling no image positive, which is worth 0, and with calling all so.

    Args:
        positive: ``(N,)`` bool.
        score: ``(N,)`` probabilities.
        thresholds: ``(T,)``, from 0 to below 1.

    >>> net_benefit([True, False, False, False], [0.9, 0.6, 0.2, 0.1], [0.5])
    array([0.])
    """
    is_positive, limits = np.asarray(positive, dtype=bool), np.asarray(thresholds, dtype=np.float64)
    if np.any((limits < 0) | (limits >= 1)):
        raise ValueError("thresholds must be from 0 to below 1")
    called = np.asarray(score, dtype=np.float64)[:, None] >= limits
    right = (called & is_positive[:, None]).sum(axis=0)
    wrong = called.sum(axis=0) - right
    return (right - wrong * limits / (1 - limits)) / is_positive.size


def _counts(positive: npt.NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats, Floats]:
    """How many are called positive, and rightly, at each distinct score, the highest first."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1)  # of those with an equal score
    called = np.concatenate([[0.0], last + 1.0])
    right = np.concatenate([[0.0], np.cumsum(positive[order], dtype=np.float64)[last]])
    return called, right, np.concatenate([[np.inf], ranked[last]])
