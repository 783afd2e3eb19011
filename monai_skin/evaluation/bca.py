# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Bias-corrected and accelerated intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.stats import norm
from tqdm import tqdm

from monai_skin.evaluation.bootstrap import CHUNK, Scorer

__all__ = ["bca_interval", "jackknife"]

Floats = npt.NDArray[np.float64]


def jackknife(scorer: Scorer, lesions: int, *, progress: bool = False) -> Mapping[str, Floats]:
    """Each score as often as there are lesions, without one of them each time.

    Args:
        scorer: as for :func:`monai_skin.evaluation.resample`.
        lesions: how many there are.
        progress: show a bar on a terminal.
    """
    chunks: list[Mapping[str, Floats]] = []
    with tqdm(total=lesions, desc="leaving one out", unit="lesion", disable=None if progress else True) as bar:
        for start in range(0, lesions, CHUNK):
            left_out = np.arange(start, min(start + CHUNK, lesions))
            weights = np.ones((lesions, len(left_out)))
            weights[left_out, np.arange(len(left_out))] = 0
            chunks.append(scorer(weights))
            bar.update(len(left_out))
    return {score: np.concatenate([chunk[score] for chunk in chunks]) for score in chunks[0]}


def bca_interval(value: float, samples: Floats, left_out: Floats, level: float = 0.95) -> tuple[float, float]:
    """The bias-corrected and accelerated interval of a score.

    Efron, "Better bootstrap confidence intervals", Journal of the American Statistical Association 82 (1987). Where
    the percentile interval takes the ends of the middle 95 % of the resamples, this one moves both by how far the
    resamples lie to one side of the score, and by how much the score's spread changes with the score.

    Args:
        value: of all images.
        samples: ``(B,)`` of resamples; those that are NaN are left out.
        left_out: ``(lesions,)``, as :func:`jackknife` gives it; NaN where leaving a lesion out loses the last image of
            a class, and left out as well.
        level: of the interval.

    Returns:
        Both ends; NaN where all resamples lie on one side of the score, or nothing is left.
    """
    found, without = samples[np.isfinite(samples)], left_out[np.isfinite(left_out)]
    nothing = (math.nan, math.nan)
    if found.size == 0 or without.size < 2 or math.isnan(value):
        return nothing
    if float(np.ptp(found)) == 0:
        return float(found[0]), float(found[0])
    below = ((found < value).mean() + (found <= value).mean()) / 2  # a tie counts half on either side
    if below in (0, 1):
        return nothing
    bias, apart = norm.ppf(below), without.mean() - without
    spread = np.square(apart).sum()
    acceleration = 0.0 if spread == 0 else float((apart**3).sum() / (6 * spread**1.5))
    moved = bias + norm.ppf([(1 - level) / 2, (1 + level) / 2])
    ends = np.quantile(found, norm.cdf(bias + moved / (1 - acceleration * moved)))
    return float(ends[0]), float(ends[1])
