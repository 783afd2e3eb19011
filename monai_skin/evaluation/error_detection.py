# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a model is less sure where it is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from monai_skin.errors import UsageError
from monai_skin.evaluation.bootstrap import Estimate, Resampled, draw_weights, lesion_members
from monai_skin.evaluation.predictions import Predictions
from monai_skin.metrics import area_under_risk_coverage, error_detection_auc, predictive_entropy

__all__ = ["ErrorDetection", "error_detection", "error_detection_to_json"]


class ErrorDetection(NamedTuple):
    """What one measure of uncertainty says of a model's errors.

    Args:
        error_auroc: chance that a wrong answer is less sure than a right one.
        aurc: mean share of wrong answers among the surest images, over all numbers of them.
    """

    error_auroc: Estimate
    aurc: Estimate


def error_detection(
    model: Predictions,
    measures: Mapping[str, npt.ArrayLike] | None = None,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> dict[str, ErrorDetection]:
    """Both scores of the entropy of the model's probabilities, and of further measures, with intervals by lesion.

    Args:
        model: its predictions, with the truth of every image.
        measures: name to ``(N,)`` numbers of the same images, higher for less sure.
        resamples: of lesions, at least one.
        seed: of their drawing, not negative.

    Returns:
        ``entropy`` and the other names; see :func:`monai_skin.metrics.error_detection_auc` and
        :func:`monai_skin.metrics.area_under_risk_coverage`.
    """
    if resamples < 1 or seed < 0:
        raise UsageError(f"resamples is {resamples} and seed {seed}; expected 1 or more, and 0 or more")
    wrong, member = model.probabilities.argmax(axis=1) != model.truth, lesion_members(model)
    lesions = int(member.max()) + 1
    weights = draw_weights(lesions, resamples, np.random.default_rng(seed)).astype(np.int64)[member]
    whole = {**(measures or {}), "entropy": predictive_entropy(model.probabilities)}
    return {name: _judged(wrong, np.asarray(values, np.float64), weights, lesions) for name, values in whole.items()}


def error_detection_to_json(found: Mapping[str, ErrorDetection]) -> dict[str, Any]:
    """The same in JSON values; what is not defined is null."""
    return {
        name: {
            score: {key: _or_none(getattr(estimate, key)) for key in ("value", "low", "high")}
            for score, estimate in scores._asdict().items()
        }
        for name, scores in found.items()
    }


def _judged(
    wrong: npt.NDArray[np.bool_], uncertainty: npt.NDArray[np.float64], weights: npt.NDArray[np.int64], lesions: int
) -> ErrorDetection:
    values = {
        "error_auroc": error_detection_auc(wrong, uncertainty),
        "aurc": area_under_risk_coverage(wrong, uncertainty),
    }
    _, place = np.unique(uncertainty, return_inverse=True)  # sorted once, and never again for a resample
    samples = np.array([_of_resample(wrong, place, column) for column in weights.T])
    found = Resampled(values, dict(zip(values, samples.T, strict=True)), lesions)
    return ErrorDetection(*(found.estimate(name) for name in ErrorDetection._fields))


def _of_resample(
    wrong: npt.NDArray[np.bool_], place: npt.NDArray[np.int64], weight: npt.NDArray[np.int64]
) -> tuple[float, float]:
    """Both scores of images that stand ``weight`` times in a resample, from their number at each uncertainty."""
    every, bad = np.bincount(place, weight), np.bincount(place, weight * wrong)
    good = every - bad
    beaten = (bad * (np.cumsum(good) - good / 2)).sum()
    pairs = bad.sum() * good.sum()
    there = every > 0
    share = np.repeat(bad[there] / every[there], every[there].astype(np.int64))
    risk = np.cumsum(share) / np.arange(1, len(share) + 1)
    return float(beaten / pairs) if pairs else math.nan, float(risk.mean())


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
