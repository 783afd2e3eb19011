# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""ROC and precision-recall curves of one score in many resamples at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

__all__ = ["CurveSums", "WeightedCurve"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_SLACK = 1e-9  # a share that is equal but for rounding counts as reached


class CurveSums(NamedTuple):
    """What a curve has on and between its thresholds in B resamples; every measure is read off these.

    Args:
        few: ``(T, B)`` weight on each of T rising thresholds, of the side that gives the thresholds.
        many: ``(2 T + 1, B)`` weight of the other side, added up: below the first threshold, up to and with it, below
            the second, and so on.
        turned: whether the negative images give the thresholds.
    """

    few: Floats
    many: Floats
    turned: bool

    def area(self) -> Floats:
        """``(B,)`` areas under the ROC curve; NaN where one side has no weight."""
        beaten = (self.few * (self.many[0:-1:2] + self.many[1::2])).sum(axis=0) / 2
        with np.errstate(invalid="ignore"):
            area = beaten / (self.few.sum(axis=0) * self.many[-1])
        return 1 - area if self.turned else area

    def average_precision(self) -> Floats:
        r"""``(B,)`` values of :math:`\sum_i (R_i - R_{i-1}) P_i` over thresholds; NaN without a positive image.

        As scikit-learn's ``average_precision_score``: no interpolation. Without a negative image it is 1.
        """
        reached, called = self._positives_reached(), self._negatives_called()
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.where(reached > 0, reached / (reached + called), 0)
            return (self.few * precision).sum(axis=0) / self.few.sum(axis=0)

    def sensitivity_at(self, specificity: float) -> Floats:
        """``(B,)`` highest sensitivities of a threshold with at least this specificity; NaN where a side is empty."""
        total = self.many[-1]
        called = self._negatives_called()
        with np.errstate(invalid="ignore"):
            found = (self.few * (called <= (1 - specificity) * total + _SLACK)).sum(axis=0) / self.few.sum(axis=0)
        return np.where(total > 0, found, np.nan)

    def specificity_at(self, sensitivity: float) -> Floats:
        """``(B,)`` highest specificities of a threshold with at least this sensitivity; NaN where a side is empty."""
        positives, total = self.few.sum(axis=0), self.many[-1]
        enough = self._positives_reached() >= sensitivity * positives - _SLACK
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.where(enough, 1 - self._negatives_called() / total, 0).max(axis=0, initial=0)
        return np.where((positives > 0) & (total > 0), found, np.nan)

    def _positives_reached(self) -> Floats:
        self._refuse_turned()
        return self.few[::-1].cumsum(axis=0)[::-1]

    def _negatives_called(self) -> Floats:
        self._refuse_turned()
        return self.many[-1] - self.many[0:-1:2]

    def _refuse_turned(self) -> None:
        if self.turned:
            raise ValueError("this measure needs a threshold at every positive image, so a curve with turn=False")


class WeightedCurve:
    """The curve of one score under weights of lesions.

    The thresholds are the distinct scores of the positive images, or of the negative ones where these are fewer. Every
    other image falls on a threshold or between two; a sparse matrix counts them by lesion, and one product with the
    weights gives the weight between and on all thresholds.

    Args:
        positive: ``(N,)`` bool.
        score: ``(N,)``.
        member: ``(N,)`` index of each image's lesion.
        lesions: how many.
        turn: whether the negative images may give the thresholds; that is cheaper where most are positive, and enough
            for the area.
    """

    def __init__(
        self, positive: npt.NDArray[np.bool_], score: Floats, member: Integers, lesions: int, *, turn: bool = True
    ) -> None:
        self.turned = turn and int(positive.sum()) * 2 > positive.size
        few = ~positive if self.turned else positive
        thresholds, place = np.unique(score[few], return_inverse=True)
        many = score[~few]
        # 2i: below threshold i and above the one before it; 2i + 1: on threshold i
        slot = np.searchsorted(thresholds, many, "left") + np.searchsorted(thresholds, many, "right")
        self._few = _by_lesion(place, member[few], (len(thresholds), lesions))
        self._many = _by_lesion(slot, member[~few], (2 * len(thresholds) + 1, lesions))

    def __call__(self, weights: Floats) -> CurveSums:
        """Sums for ``(lesions, B)`` weights."""
        return CurveSums(self._few @ weights, np.cumsum(self._many @ weights, axis=0), self.turned)


def _by_lesion(row: Integers, member: Integers, shape: tuple[int, int]) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(row)), (row, member)), shape=shape)
