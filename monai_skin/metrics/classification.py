# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Scores of diagnoses: ``(N,)`` true class indices against ``(N, K)`` probabilities.

The predicted class is the most probable one, the first of them where several are equally probable.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from monai_skin.errors import InvalidInputError

__all__ = [
    "PROBABILITY_FLOOR",
    "SUM_TOLERANCE",
    "accuracy",
    "balanced_accuracy",
    "brier",
    "check_predictions",
    "f1_of_macros",
    "macro_auc",
    "macro_f1",
    "malignant_auc",
    "negative_log_likelihood",
    "one_vs_rest_auc",
    "roc_auc",
    "sensitivity_at_specificity",
    "weighted_auc",
]

PROBABILITY_FLOOR = 1e-7  # six decimals and a float32 softmax tell nothing smaller from 0
SUM_TOLERANCE = 5e-3  # three decimals of ten classes and half precision pass, logits do not

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def check_predictions(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> tuple[Labels, Floats]:
    """The two as arrays of int64 and float64.

    Args:
        truth: ``(N,)`` class indices from 0 to K - 1.
        probabilities: ``(N, K)``, each row adding up to 1.

    Raises:
        InvalidInputError: other shapes, no row, a class index out of range, a probability that is not finite or lies
            outside [0, 1], or a row that does not add up to 1 within five thousandths.
    """
    labels, values = np.asarray(truth), np.asarray(probabilities, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] == 0 or values.shape[1] < 2:
        _refuse("probabilities", f"have the shape {values.shape}", "(N, K) with two or more classes")
    if labels.shape != values.shape[:1]:
        _refuse("truth", f"has the shape {labels.shape}", f"({len(values)},), one class an image")
    if labels.dtype.kind not in "iu":
        _refuse("truth", f"is {labels.dtype}", "whole numbers")
    if labels.min() < 0 or labels.max() >= values.shape[1]:
        _refuse("truth", f"holds classes {labels.min()} to {labels.max()}", f"0 to {values.shape[1] - 1}")
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        _refuse("probabilities", f"are not finite in row {row}", "finite numbers")
    if values.min() < 0 or values.max() > 1 + SUM_TOLERANCE:
        _refuse("probabilities", f"range from {values.min():.3g} to {values.max():.3g}", "0 to 1")
    off = np.abs(values.sum(axis=1) - 1)
    if off.max() > SUM_TOLERANCE:
        row = int(off.argmax())
        _refuse("probabilities", f"add up to {values[row].sum():.4g} in row {row}", "1")
    return labels.astype(np.int64), values


def _refuse(field: str, problem: str, expected: str) -> None:
    raise InvalidInputError.about("predictions", field, problem, expected=expected)


def accuracy(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Share of images whose most probable class is the true one."""
    labels, values = check_predictions(truth, probabilities)
    return float((values.argmax(axis=1) == labels).mean())


def balanced_accuracy(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Mean of the classes' sensitivities, over the classes that occur in ``truth``.

    The ranking score of the ISIC challenges of 2018 and 2019.

    >>> round(balanced_accuracy([0, 0, 0, 1], [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.2, 0.8]]), 3)
    0.833
    """
    hits, of_class, _ = _counts(*check_predictions(truth, probabilities))
    occurs = of_class > 0
    return float((hits[occurs] / of_class[occurs]).mean())


def macro_f1(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Mean of the classes' F1 scores, 2TP / (2TP + FP + FN).

    As in scikit-learn, the mean is over the classes that occur in ``truth`` or are predicted at least once: a class
    predicted without ever being true counts with 0, and one that is neither is left out.
    """
    hits, of_class, predicted = _counts(*check_predictions(truth, probabilities))
    either = of_class + predicted
    return float((2 * hits[either > 0] / either[either > 0]).mean())


def f1_of_macros(precision: float, recall: float) -> float:
    """Harmonic mean of macro precision and macro recall, 2PR / (P + R); 0 where both are 0.

    Some papers, among them Hu et al., WACV 2025, https://arxiv.org/abs/2409.09520, state it as F1. It is never below
    :func:`macro_f1`, the mean of the classes' own (Opitz and Burst, "Macro F1 and Macro F1", 2019,
    https://arxiv.org/abs/1911.03347); do not compare the two.

    Args:
        precision: mean over the classes, in [0, 1].
        recall: mean over the classes, in [0, 1].

    >>> round(f1_of_macros(0.805, 0.768), 3)
    0.786
    """
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def _counts(labels: Labels, values: Floats) -> tuple[Floats, Floats, Floats]:
    """Per class: predicted rightly, true, and predicted."""
    classes, guess = values.shape[1], values.argmax(axis=1)
    found = [np.bincount(which, minlength=classes) for which in (labels[guess == labels], labels, guess)]
    hits, of_class, predicted = (counts.astype(np.float64) for counts in found)
    return hits, of_class, predicted


def roc_auc(positive: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Chance that a positive image scores higher than a negative one, ties counting one half (Mann and Whitney, 1947).

    Args:
        positive: ``(N,)`` bool.
        score: ``(N,)``, higher for positive.

    Returns:
        In [0, 1]; NaN where there is no positive or no negative image.

    >>> roc_auc([True, False, False], [0.5, 0.5, 0.1])
    0.75
    """
    is_positive = np.asarray(positive, dtype=bool)
    m = int(is_positive.sum())
    n = is_positive.size - m
    if m == 0 or n == 0:
        return float("nan")
    ranks = rankdata(np.asarray(score, dtype=np.float64))
    return float((ranks[is_positive].sum() - m * (m + 1) / 2) / (m * n))


def one_vs_rest_auc(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> Floats:
    """``(K,)`` areas under the curve of each class against all others; NaN for a class that ``truth`` lacks."""
    labels, values = check_predictions(truth, probabilities)
    return np.array([roc_auc(labels == index, values[:, index]) for index in range(values.shape[1])])


def macro_auc(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Mean of the areas under the curve of the classes that occur in ``truth``; NaN if it holds a single class."""
    areas = one_vs_rest_auc(truth, probabilities)
    defined = np.isfinite(areas)
    return float(areas[defined].mean()) if defined.any() else float("nan")


def weighted_auc(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Mean of the areas under the curve, each class weighing as much as ``truth`` has images of it."""
    labels, values = check_predictions(truth, probabilities)
    areas, share = one_vs_rest_auc(labels, values), np.bincount(labels, minlength=values.shape[1])
    defined = np.isfinite(areas)
    return float(np.average(areas[defined], weights=share[defined])) if defined.any() else float("nan")


def sensitivity_at_specificity(positive: npt.ArrayLike, score: npt.ArrayLike, specificity: float = 0.95) -> float:
    """Highest sensitivity of any threshold whose specificity is at least the one asked for.

    An image is called positive when its score reaches the threshold; there is no interpolation between thresholds.

    Args:
        positive: ``(N,)`` bool.
        score: ``(N,)``, higher for positive.
        specificity: from 0 to 1.

    Returns:
        In [0, 1]; NaN where there is no positive or no negative image.
    """
    if not 0 <= specificity <= 1:
        raise ValueError(f"specificity must be from 0 to 1, got {specificity}")
    is_positive, scores = np.asarray(positive, dtype=bool), np.asarray(score, dtype=np.float64)
    negatives = np.sort(scores[~is_positive])[::-1]
    if negatives.size == 0 or negatives.size == is_positive.size:
        return float("nan")
    # so many negatives may be called positive; the threshold then lies just above the next of them
    allowed = int(np.floor((1 - specificity) * negatives.size + 1e-9))
    if allowed >= negatives.size:
        return 1.0
    return float((scores[is_positive] > negatives[allowed]).mean())


def malignant_auc(truth: npt.ArrayLike, probabilities: npt.ArrayLike, malignant: Sequence[int]) -> float:
    """Area under the curve of the malignant classes together against the benign ones.

    Args:
        truth: ``(N,)`` class indices.
        probabilities: ``(N, K)``; the score is the sum over the malignant classes.
        malignant: indices of the malignant classes.
    """
    labels, values = check_predictions(truth, probabilities)
    return roc_auc(np.isin(labels, malignant), values[:, list(malignant)].sum(axis=1))


def brier(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    r"""Mean of :math:`\sum_k (p_k - [y = k])^2`, from 0 to 2 (Brier, 1950)."""
    labels, values = check_predictions(truth, probabilities)
    own = values[np.arange(len(labels)), labels]
    return float((np.square(values).sum(axis=1) - 2 * own + 1).mean())


def negative_log_likelihood(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Mean of minus the natural logarithm of the true class's probability, which counts as 1e-7 if it is smaller."""
    labels, values = check_predictions(truth, probabilities)
    own = values[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(own, PROBABILITY_FLOOR)).mean())
