# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Variances and differences of areas under the ROC curve."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import norm

from monai_skin.errors import InvalidInputError

__all__ = ["DeLong", "delong"]

Floats = npt.NDArray[np.float64]


class DeLong(NamedTuple):
    """Areas under the curve of k scores of the same images; NaN where no image is positive, or none is negative.

    Args:
        areas: ``(k,)``.
        covariance: ``(k, k)``; NaN with a single positive or a single negative image.
    """

    areas: Floats
    covariance: Floats

    def interval(self, index: int = 0, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval of one area, on the logit scale and brought back, so that it stays within 0 and 1.

        An area of exactly 0 or 1 has no such interval: both ends are that area.
        """
        area, variance = float(self.areas[index]), float(self.covariance[index, index])
        if area in (0.0, 1.0):
            return area, area
        half = norm.ppf((1 + level) / 2) * np.sqrt(variance) / (area * (1 - area))
        low, high = expit(logit(area) + np.array([-half, half]))
        return float(low), float(high)

    def p_value(self, first: int = 0, second: int = 1) -> float:
        """Two-sided p-value of two areas being the same.

        Where their difference does not vary at all it is 1 for equal areas, and NaN for others, as too few images say
        nothing of chance.
        """
        difference = float(self.areas[first] - self.areas[second])
        own = self.covariance[first, first] + self.covariance[second, second]
        variance = float(own - 2 * self.covariance[first, second])
        if not np.isfinite(variance):
            return float("nan")
        if variance <= 1e-12 * own or own == 0:  # what is left of equal terms is rounding
            return 1.0 if abs(difference) < 1e-12 else float("nan")
        return float(2 * norm.sf(abs(difference) / np.sqrt(variance)))


def delong(positive: npt.ArrayLike, scores: npt.ArrayLike) -> DeLong:
    """Areas under the curve with their covariance, of several scores of the same images.

    DeLong et al., "Comparing the areas under two or more correlated receiver operating characteristic curves",
    Biometrics 1988; computed by ranks as in Sun and Xu, "Fast implementation of DeLong's algorithm", IEEE Signal
    Processing Letters 2014, with one sort a score. Ties count one half. The variance takes images as independent: give
    it one image a lesion.

    Args:
        positive: ``(N,)`` bool.
        scores: ``(k, N)`` or ``(N,)``, higher for positive.

    Raises:
        InvalidInputError: the lengths differ, or a score is not finite.
    """
    is_positive, values = np.asarray(positive, dtype=bool), np.atleast_2d(np.asarray(scores, dtype=np.float64))
    if values.shape[1:] != is_positive.shape:
        problem = f"are {values.shape} for {is_positive.shape} images"
        raise InvalidInputError.about("DeLong's test", "scores", problem, expected="(k, N) for (N,)")
    if not np.isfinite(values).all():
        raise InvalidInputError.about("DeLong's test", "scores", "are not all finite", expected="finite numbers")
    m, k = int(is_positive.sum()), len(values)
    n = is_positive.size - m
    if m == 0 or n == 0:
        return DeLong(np.full(k, np.nan), np.full((k, k), np.nan))
    won = np.stack([_share_beaten(is_positive, row) for row in values])
    of_positives, of_negatives = won[:, is_positive], won[:, ~is_positive]
    areas = of_positives.mean(axis=1)
    if m == 1 or n == 1:
        return DeLong(areas, np.full((k, k), np.nan))
    covariance = np.cov(of_positives).reshape(k, k) / m + np.cov(of_negatives).reshape(k, k) / n
    return DeLong(areas, covariance)


def _share_beaten(positive: npt.NDArray[np.bool_], score: Floats) -> Floats:
    """For a positive the share of negatives below it, for a negative the share of positives above it; ties half.

    These are the structural components V10 and V01: differences of mid-ranks in all images and within one's own kind.
    """
    order = np.argsort(score)
    ordered, is_positive = score[order], positive[order]
    starts = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])
    sizes = np.diff(np.append(starts, ordered.size))
    positives_below = np.concatenate([[0], np.cumsum(is_positive)])
    ends = starts + sizes
    twice_positives = positives_below[starts] + positives_below[ends]  # below and up to: twice the mid-count
    twice_negatives = (starts + ends) - twice_positives
    m = positives_below[-1]
    n = ordered.size - m
    group = np.repeat(np.arange(starts.size), sizes)
    share = np.where(is_positive, twice_negatives[group] / (2 * n), 1 - twice_positives[group] / (2 * m))
    out = np.empty(score.size)
    out[order] = share
    return out
