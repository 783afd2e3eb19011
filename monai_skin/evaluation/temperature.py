# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The temperature that makes validation probabilities mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from monai_skin.metrics import PROBABILITY_FLOOR, check_predictions

if TYPE_CHECKING:
    from monai_skin.transforms import Calibration

__all__ = ["TEMPERATURES", "calibrated", "fit_temperature"]

TEMPERATURES = (0.05, 20.0)
"""Lowest and highest temperature looked at; a fit that ends at either says that the images do not settle it."""


def fit_temperature(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """The temperature with the lowest negative log-likelihood on these images.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, https://arxiv.org/abs/1706.04599. Fit on
    validation images, never on those that are then judged. A bounded search over its logarithm: the likelihood has one
    optimum. Probabilities below 1e-7 count as 1e-7.

    Args:
        truth: ``(N,)`` class indices.
        probabilities: ``(N, K)``.

    Returns:
        From 0.05 to 20.
    """
    labels, values = check_predictions(truth, probabilities)
    logits, rows = np.log(np.maximum(values, PROBABILITY_FLOOR)), np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        return float(-log_softmax(logits / np.exp(log_temperature), axis=1)[rows, labels].mean())

    found = minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded", options={"xatol": 1e-7})
    # the search never looks at the ends themselves, and stops short where the loss is 0 to within rounding
    best = min([*np.log(TEMPERATURES), 0.0, float(found.x)], key=loss)
    return float(np.exp(best))


def calibrated(probabilities: npt.NDArray[np.float64], calibration: float | Calibration) -> npt.NDArray[np.float64]:
    """``(N, K)`` probabilities at a temperature or by a calibration; those below 1e-7 count as 1e-7, as in the fit."""
    import torch  # with MONAI it takes seconds, and most of what is judged is not calibrated here

    from monai_skin.transforms import Calibration, apply_temperature

    floored = torch.from_numpy(np.maximum(probabilities, PROBABILITY_FLOOR))
    if isinstance(calibration, Calibration):
        found = calibration.apply(floored)
    else:
        found = apply_temperature(floored, calibration)
    values: npt.NDArray[np.float64] = found.numpy()
    return values
