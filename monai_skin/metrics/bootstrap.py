# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Intervals for a mean over images of which several may show one lesion."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from monai_skin.errors import InvalidInputError

__all__ = ["Interval", "bootstrap_mean"]


class Interval(NamedTuple):
    """A mean with its percentile interval; both ends are NaN where one group is all there is."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """Three decimals, as ``0.912 (0.905 to 0.919)``."""
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


def bootstrap_mean(
    values: Sequence[float] | npt.NDArray[np.float64],
    groups: Sequence[Hashable] | None = None,
    *,
    resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Mean of ``values`` with a percentile interval from resampling whole groups.

    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993. Images of one lesion are alike, so lesions are
    resampled, not images. For a paired comparison of two models pass the differences image by image.

    Args:
        values: one number an image, finite.
        groups: the lesion of each image; None makes each image its own group.
        resamples: number of resamples.
        level: coverage aimed at.
        seed: of the resampling.

    Raises:
        InvalidInputError: no value, a value that is not finite, or as many groups as values are not given.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size == 0 or not np.isfinite(numbers).all():
        bad = int((~np.isfinite(numbers)).sum())
        raise InvalidInputError.about("values", "scores", f"has {bad} not finite of {numbers.size}", expected="finite")
    names = list(range(numbers.size)) if groups is None else list(groups)
    if len(names) != numbers.size:
        problem = f"names {len(names)} for {numbers.size} values"
        raise InvalidInputError.about("values", "groups", problem, expected="one group a value")
    order = {name: index for index, name in enumerate(dict.fromkeys(names))}
    member = np.array([order[name] for name in names])
    sums, counts = np.bincount(member, weights=numbers).astype(np.float64), np.bincount(member)
    if len(order) < 2:
        return Interval(float(numbers.mean()), float("nan"), float("nan"))
    means = _resampled_means(sums, counts, resamples, np.random.default_rng(seed))
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(numbers.mean()), float(low), float(high))


def _resampled_means(
    sums: npt.NDArray[np.float64], counts: npt.NDArray[np.integer[Any]], resamples: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """The mean over images in each resample of the groups, a hundred resamples at a time to bound the memory."""
    size, means = len(sums), []
    for start in range(0, resamples, 100):
        weights = rng.multinomial(size, np.full(size, 1 / size), size=min(100, resamples - start))
        means.append((weights @ sums) / (weights @ counts))
    return np.concatenate(means)
