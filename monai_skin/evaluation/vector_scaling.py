# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A scale and a bias a class that make validation probabilities mean what they say."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax

from monai_skin.evaluation.temperature import TEMPERATURES, fit_temperature
from monai_skin.metrics import PROBABILITY_FLOOR, check_predictions

__all__ = ["PULL", "fit_vector"]

Floats = npt.NDArray[np.float64]

PULL = 1.0
"""Weight of the pull towards the temperature, in images: what one image's likelihood weighs."""


def fit_vector(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> tuple[Floats, Floats]:
    r"""The scales and biases with the lowest negative log-likelihood on these images, pulled towards a temperature.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, https://arxiv.org/abs/1706.04599. What is
    minimised is the sum over images of the negative log-likelihood plus
    :math:`\frac{1}{2} \sum_k \left[(s_k T - 1)^2 + b_k^2\right]`, where T is the temperature that
    :func:`fit_temperature` finds. A class with thousands of images does not feel it; the bias of one with none or a
    handful cannot run away. The problem is convex, and L-BFGS starts at the temperature, so that the likelihood of
    these images is never lower than there. Probabilities below 1e-7 count as 1e-7.

    Args:
        truth: ``(N,)`` class indices.
        probabilities: ``(N, K)``.

    Returns:
        ``(K,)`` scales from 1/20 to 20, and ``(K,)`` biases.
    """
    labels, values = check_predictions(truth, probabilities)
    K, base = values.shape[1], 1 / fit_temperature(labels, values)
    logits, wanted = base * np.log(np.maximum(values, PROBABILITY_FLOOR)), np.eye(values.shape[1])[labels]

    def loss(point: Floats) -> tuple[float, Floats]:
        scales, biases = point[:K], point[K:]  # scales in units of the temperature's
        found = log_softmax(scales * logits + biases, axis=1)
        excess = np.exp(found) - wanted
        slope = np.concatenate([(excess * logits).sum(axis=0), excess.sum(axis=0)])
        pulled = np.concatenate([scales - 1, biases])
        total = -(found * wanted).sum() + PULL / 2 * (pulled**2).sum()
        return float(total) / len(labels), (slope + PULL * pulled) / len(labels)

    low, high = (1 / temperature / base for temperature in reversed(TEMPERATURES))
    start = np.concatenate([np.ones(K), np.zeros(K)])
    bounds = [(low, high)] * K + [(None, None)] * K
    options = {"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-9}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    best = min([start, found.x], key=lambda point: loss(point)[0])
    return base * best[:K], best[K:]
