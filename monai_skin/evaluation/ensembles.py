# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Several models' probabilities of the same images made one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from scipy.stats import rankdata

from monai_skin.errors import InvalidInputError
from monai_skin.metrics import PROBABILITY_FLOOR, check_predictions

__all__ = ["fit_weights", "mean_of_logits", "mean_of_probabilities", "mean_of_ranks"]

Floats = npt.NDArray[np.float64]

_STEPS, _TOLERANCE = 5000, 1e-6


def _checked(members: npt.ArrayLike) -> Floats:
    values = np.asarray(members, dtype=np.float64)
    if values.ndim != 3 or len(values) == 0:
        problem = f"have the shape {values.shape}"
        raise InvalidInputError.about("ensemble", "members", problem, expected="(M, N, K), one matrix a member")
    for member in values:
        check_predictions(np.zeros(len(member), dtype=np.int64), member)
    return values


def mean_of_probabilities(members: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Floats:
    """Mean over members, weighted if weights are given.

    Args:
        members: ``(M, N, K)`` probabilities.
        weights: ``(M,)``, adding up to 1.

    Returns:
        ``(N, K)``.
    """
    mean: Floats = np.average(_checked(members), axis=0, weights=None if weights is None else np.asarray(weights))
    return mean


def mean_of_logits(members: npt.ArrayLike) -> Floats:
    """Softmax of the mean over members of the logarithms, which differ from logits by what softmax takes away.

    Closer than the mean of probabilities to the member that is surer. Probabilities below 1e-7 count as 1e-7.

    Args:
        members: ``(M, N, K)`` probabilities.

    Returns:
        ``(N, K)``.
    """
    mean: Floats = softmax(np.log(np.maximum(_checked(members), PROBABILITY_FLOOR)).mean(axis=0), axis=1)
    return mean


def mean_of_ranks(members: npt.ArrayLike) -> Floats:
    """Mean over members of each image's rank among all images, class by class, then scaled to add up to 1.

    Uses the order in which each member puts the images and nothing else, so it needs many images at once, and its
    numbers are no probabilities in earnest. Scaling them may change that order again.

    Args:
        members: ``(M, N, K)`` probabilities.

    Returns:
        ``(N, K)``.
    """
    ranks = rankdata(_checked(members), axis=1).mean(axis=0)
    scaled: Floats = ranks / ranks.sum(axis=1, keepdims=True)
    return scaled


def fit_weights(truth: npt.ArrayLike, members: npt.ArrayLike) -> Floats:
    r"""Weights of a mean of probabilities with the lowest negative log-likelihood on these images.

    Fit on validation images, never on those that are then judged. The steps are those of expectation and maximisation
    for the shares of a mixture (Dempster et al., 1977): each keeps the weights positive and adding up to 1 and never
    lowers the likelihood. They end when no weights whatever could lower the mean negative log-likelihood by more than a
    millionth: it cannot fall by more than :math:`\log \max_m r_m`, with :math:`r_m` the mean ratio of member m's
    probability to the mixture's.

    Args:
        truth: ``(N,)`` class indices.
        members: ``(M, N, K)`` probabilities.

    Returns:
        ``(M,)``, at least 0, adding up to 1.
    """
    values = _checked(members)
    labels, _ = check_predictions(truth, values[0])
    own = np.maximum(values[:, np.arange(len(labels)), labels], PROBABILITY_FLOOR)
    weights = np.full(len(own), 1 / len(own))
    for _ in range(_STEPS):
        ratio = (own / (weights @ own)).mean(axis=1)
        if ratio.max() <= 1 + _TOLERANCE:
            break
        weights = weights * ratio
    total: Floats = weights / weights.sum()
    return total
