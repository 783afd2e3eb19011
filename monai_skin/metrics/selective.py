# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What is left of a classifier's errors when it is silent on the images it is least sure of.

Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks", NeurIPS 2017,
https://arxiv.org/abs/1705.08500.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from monai_skin.errors import InvalidInputError
from monai_skin.metrics.classification import roc_auc

__all__ = ["RiskCoverage", "area_under_risk_coverage", "error_detection_auc", "risk_coverage"]

Floats = npt.NDArray[np.float64]


class RiskCoverage(NamedTuple):
    """The curve, from the fewest images to all.

    Args:
        coverage: ``(N,)`` shares 1/N, 2/N, ..., 1 of the images that are answered, the surest first.
        risk: ``(N,)`` share of wrong answers among them.
    """

    coverage: Floats
    risk: Floats


def risk_coverage(wrong: npt.ArrayLike, uncertainty: npt.ArrayLike) -> RiskCoverage:
    """Share of wrong answers among the surest images, for every number of them.

    Images of equal uncertainty are taken in all orders, and the risk is the mean over these.

    Args:
        wrong: ``(N,)`` bool.
        uncertainty: ``(N,)``, higher for less sure.

    Raises:
        InvalidInputError: other shapes, no image, or an uncertainty that is not a number.
    """
    errors, values = _checked(wrong, uncertainty)
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    share = np.bincount(place, weights=errors) / count  # of wrong ones, among images of one uncertainty
    answered = np.arange(1, len(values) + 1)
    return RiskCoverage(answered / len(values), np.cumsum(np.repeat(share, count)) / answered)


def area_under_risk_coverage(wrong: npt.ArrayLike, uncertainty: npt.ArrayLike) -> float:
    """Mean risk over all coverages, from 0 to 1, lower for better.

    It depends on how many answers are wrong as well as on their order: an uncertainty that says nothing has, on average
    over orders, the share of wrong answers.

    >>> area_under_risk_coverage([False, True], [0.1, 0.9])
    0.25
    """
    return float(risk_coverage(wrong, uncertainty).risk.mean())


def error_detection_auc(wrong: npt.ArrayLike, uncertainty: npt.ArrayLike) -> float:
    """Chance that a wrong answer is less sure than a right one, ties counting one half; NaN where all are one or other.

    Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural Networks",
    ICLR 2017, https://arxiv.org/abs/1610.02136. It does not depend on how many answers are wrong.
    """
    errors, values = _checked(wrong, uncertainty)
    return roc_auc(errors > 0, values)


def _checked(wrong: npt.ArrayLike, uncertainty: npt.ArrayLike) -> tuple[Floats, Floats]:
    errors, values = np.asarray(wrong, dtype=bool), np.asarray(uncertainty, dtype=np.float64)
    if values.ndim != 1 or values.shape != errors.shape or values.size == 0:
        problem = f"have the shapes {errors.shape} and {values.shape}"
        raise InvalidInputError.about("selective", "errors and uncertainty", problem, expected="(N,) both")
    if np.isnan(values).any():
        raise InvalidInputError.about("selective", "uncertainty", "is not a number everywhere", expected="numbers")
    return errors.astype(np.float64), values
