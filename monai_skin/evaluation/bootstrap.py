# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Intervals of scores and of differences of scores, from resampling lesions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from monai_skin.errors import UsageError
from monai_skin.evaluation.predictions import Predictions
from monai_skin.evaluation.resampled_scores import ResampledScores

__all__ = ["Difference", "Estimate", "Resampled", "Scorer", "bootstrap", "draw_weights", "lesion_members", "resample"]

Floats = npt.NDArray[np.float64]
Scorer = Callable[[Floats], Mapping[str, Floats]]
"""Scores of one model: ``(lesions, B)`` weights to a name and ``(B,)`` values each."""

CHUNK = 50  # resamples at a time, to bound the memory


class Estimate(NamedTuple):
    """A score with its percentile interval.

    Args:
        value: of all images.
        low: lower end, NaN where there is no interval.
        high: upper end.
        skipped: resamples that had lost a class the score needs.
    """

    value: float
    low: float
    high: float
    skipped: int = 0

    def __str__(self) -> str:
        """Three decimals, as ``0.812 (0.790 to 0.834)``."""
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


class Difference(NamedTuple):
    """A score of one model minus that of another, from the same resamples.

    Args:
        value: of all images.
        low: lower end of the percentile interval, NaN where there is none.
        high: upper end.
        p: two-sided, with one added to counts, so that it is never 0.
        skipped: resamples that had lost a class the score needs.
    """

    value: float
    low: float
    high: float
    p: float
    skipped: int = 0

    def __str__(self) -> str:
        """Three decimals with the sign, as ``+0.012 (-0.004 to +0.028)``."""
        return f"{self.value:+.3f} ({self.low:+.3f} to {self.high:+.3f})"


class Resampled(NamedTuple):
    """Each score in all images and in every resample.

    Args:
        values: score to its value in all images.
        samples: score to ``(B,)`` values, NaN where a resample had lost a class the score needs.
        lesions: how many were resampled.
    """

    values: Mapping[str, float]
    samples: Mapping[str, Floats]
    lesions: int

    def estimate(self, score: str, level: float = 0.95) -> Estimate:
        """The score with its interval."""
        samples = self.samples[score]
        return Estimate(self.values[score], *_interval(samples, level, self.lesions), int(np.isnan(samples).sum()))

    def minus(self, other: Resampled, score: str, level: float = 0.95) -> Difference:
        """The difference to another model, resample by resample.

        Its p-value is twice the share of resamples on the rarer side of 0, both counts with one added.
        """
        samples = self.samples[score] - other.samples[score]
        found = samples[np.isfinite(samples)]
        rarer = min(int((found <= 0).sum()), int((found >= 0).sum()))
        p = min(1.0, 2 * (1 + rarer) / (1 + found.size)) if self.lesions > 1 and found.size else float("nan")
        value = self.values[score] - other.values[score]
        return Difference(value, *_interval(samples, level, self.lesions), p, samples.size - found.size)


def _interval(samples: Floats, level: float, lesions: int) -> tuple[float, float]:
    found = samples[np.isfinite(samples)]
    if lesions < 2 or found.size == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def draw_weights(lesions: int, resamples: int, generator: np.random.Generator) -> Floats:
    """How often each lesion comes when as many as there are are drawn with replacement, ``(lesions, resamples)``."""
    drawn = generator.integers(0, lesions, (lesions, resamples)) * resamples + np.arange(resamples)
    return np.bincount(drawn.ravel(), minlength=lesions * resamples).reshape(lesions, resamples).astype(np.float64)


def bootstrap(
    models: Sequence[Predictions],
    *,
    resamples: int = 2000,
    seed: int = 0,
    ranked: bool = True,
    progress: bool = False,
) -> list[Resampled]:
    """All scores of all models in the same resamples of lesions.

    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993. Images of one lesion are alike, so a lesion is drawn
    with all of its images or not at all.

    Args:
        models: predictions of the same images in the same order, as :func:`monai_skin.evaluation.align` gives them.
        resamples: how many, at least one.
        seed: of the drawing.
        ranked: False leaves out the scores that need images in order, which take most of the time.
        progress: show a bar on a terminal.

    Raises:
        UsageError: there is no model, they are of different images, or no resample is asked for.
    """
    if not models or resamples < 1:
        raise UsageError(f"{len(models)} models and {resamples} resamples; expected one or more of both")
    first = models[0]
    if any((one.image_ids, one.lesion_ids) != (first.image_ids, first.lesion_ids) for one in models):
        raise UsageError.about("models", "images", "differ", expected="the same ones in the same order")
    member = lesion_members(first)
    scorers = [ResampledScores(model, member, ranked=ranked) for model in models]
    return resample(scorers, int(member.max()) + 1, resamples=resamples, seed=seed, progress=progress)


def lesion_members(model: Predictions) -> npt.NDArray[np.int64]:
    """``(N,)`` index of each image's lesion, lesions being in order of their names."""
    return np.unique(model.lesion_ids, return_inverse=True)[1].astype(np.int64)


def resample(
    scorers: Sequence[Scorer], lesions: int, *, resamples: int, seed: int = 0, progress: bool = False
) -> list[Resampled]:
    """What each scorer makes of the same resamples of lesions.

    Args:
        scorers: such as :class:`ResampledScores`, one or more.
        lesions: how many there are.
        resamples: how many to draw.
        seed: of the drawing.
        progress: show a bar on a terminal.
    """
    generator = np.random.default_rng(seed)
    chunks: list[list[Mapping[str, Floats]]] = [[] for _ in scorers]
    with tqdm(total=resamples, desc="resampling", unit="resample", disable=None if progress else True) as bar:
        for start in range(0, resamples, CHUNK):
            weights = draw_weights(lesions, min(CHUNK, resamples - start), generator)
            for scorer, found in zip(scorers, chunks, strict=True):
                found.append(scorer(weights))
            bar.update(weights.shape[1])
    whole = [scorer(np.ones((lesions, 1))) for scorer in scorers]
    return [
        Resampled(
            {score: float(value[0]) for score, value in values.items()},
            {score: np.concatenate([chunk[score] for chunk in found]) for score in values},
            lesions,
        )
        for values, found in zip(whole, chunks, strict=True)
    ]
