# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a probability of 80 % is right in 80 % of the images that get it.

Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, https://arxiv.org/abs/1706.04599. Unless said
otherwise the probability looked at is that of the predicted class. Bins are half open, ``(low, high]``; 0 belongs to
the first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from monai_skin.metrics.classification import Floats, check_predictions

__all__ = [
    "BINS",
    "ReliabilityBins",
    "adaptive_calibration_error",
    "bin_of",
    "classwise_calibration_error",
    "expected_calibration_error",
    "maximum_calibration_error",
    "reliability_bins",
]

BINS = 15


class ReliabilityBins(NamedTuple):
    """What a reliability diagram draws, a number a bin; the last two are NaN where a bin is empty.

    Args:
        edges: ``(M + 1,)`` borders of the bins in [0, 1].
        images: ``(M,)``, how many.
        confidence: ``(M,)`` mean probability of the predicted class.
        accuracy: ``(M,)`` share of the images that are predicted rightly.
    """

    edges: Floats
    images: npt.NDArray[np.int64]
    confidence: Floats
    accuracy: Floats


def reliability_bins(
    truth: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = BINS, *, equal_mass: bool = False
) -> ReliabilityBins:
    """Count, mean confidence and accuracy in each bin.

    Args:
        truth: ``(N,)`` class indices.
        probabilities: ``(N, K)``.
        bins: how many.
        equal_mass: bins with about as many images each, cut at quantiles of the confidence, instead of bins of equal
            width; equal confidences stay together, so some bins may be empty.
    """
    labels, values = check_predictions(truth, probabilities)
    confidence, right = values.max(axis=1), values.argmax(axis=1) == labels
    edges = _quantiles(confidence, bins) if equal_mass else np.linspace(0, 1, bins + 1)
    index = bin_of(confidence, edges)
    count = np.bincount(index, minlength=bins)
    with np.errstate(invalid="ignore"):
        sums = (np.bincount(index, weights=each, minlength=bins) / count for each in (confidence, right))
        mean_confidence, mean_right = sums
    return ReliabilityBins(edges, count, mean_confidence, mean_right)


def bin_of(values: Floats, edges: Floats) -> npt.NDArray[np.int64]:
    """Index of the bin ``(low, high]`` that holds each value; what lies outside goes to the first or last bin."""
    return np.searchsorted(edges[1:-1], values, side="left")


def _quantiles(values: Floats, bins: int) -> Floats:
    edges = np.quantile(values, np.linspace(0, 1, bins + 1), method="inverted_cdf")
    edges[0], edges[-1] = 0, 1
    return edges


def expected_calibration_error(truth: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = BINS) -> float:
    r"""Mean over images of their bin's :math:`|\mathrm{accuracy} - \mathrm{confidence}|`, in bins of equal width.

    >>> expected_calibration_error([0, 0, 0, 1], [[0.75, 0.25]] * 4)
    0.0
    """
    return _mean_gap(reliability_bins(truth, probabilities, bins))


def adaptive_calibration_error(truth: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = BINS) -> float:
    """As :func:`expected_calibration_error`, in bins with about as many images each.

    Nguyen and O'Connor, "Posterior calibration and exploratory analysis for natural language processing models",
    EMNLP 2015, https://arxiv.org/abs/1508.05154.
    """
    return _mean_gap(reliability_bins(truth, probabilities, bins, equal_mass=True))


def maximum_calibration_error(truth: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = BINS) -> float:
    r"""Largest :math:`|\mathrm{accuracy} - \mathrm{confidence}|` of any bin, in bins of equal width.

    A bin with a single image counts as much as one with a thousand, so this is mostly noise where images are few.
    """
    found = reliability_bins(truth, probabilities, bins)
    return float(np.nanmax(np.abs(found.accuracy - found.confidence)))


def classwise_calibration_error(truth: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = BINS) -> float:
    """Mean over classes of the calibration error of that class's probability, whether it is predicted or not.

    Kull et al., "Beyond temperature scaling", NeurIPS 2019, https://arxiv.org/abs/1910.12656. Most images have a
    probability near 0 for most classes, so the values are much smaller than those of the other errors.
    """
    labels, values = check_predictions(truth, probabilities)
    edges, gaps = np.linspace(0, 1, bins + 1), []
    for index in range(values.shape[1]):
        excess = values[:, index] - (labels == index)
        gaps.append(np.abs(np.bincount(bin_of(values[:, index], edges), weights=excess)).sum() / len(labels))
    return float(np.mean(gaps))


def _mean_gap(found: ReliabilityBins) -> float:
    filled = found.images > 0
    gaps = np.abs(found.accuracy - found.confidence)[filled]
    return float((gaps * found.images[filled]).sum() / found.images.sum())
