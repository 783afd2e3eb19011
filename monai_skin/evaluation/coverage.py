# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How often sets of classes hold the true one, and how large they are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from monai_skin.errors import InvalidInputError
from monai_skin.metrics import Interval, bootstrap_mean

__all__ = ["CoverageReport", "clopper_pearson", "coverage_report"]


class CoverageReport(NamedTuple):
    """Coverage with 95 % intervals, and the sets' sizes.

    Args:
        coverage: share of the images whose set holds the true class.
        by_class: the same for the images of each class; None where there is none.
        images: of each class.
        mean_size: classes a set.
        singletons: share of the sets with one class.
        empty: share of the sets with none.
    """

    coverage: Interval
    by_class: tuple[Interval | None, ...]
    images: tuple[int, ...]
    mean_size: float
    singletons: float
    empty: float


def clopper_pearson(successes: int, trials: int, level: float = 0.95) -> Interval:
    """A share with its exact binomial interval.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 1934, https://doi.org/10.1093/biomet/26.4.404.

    >>> round(clopper_pearson(0, 10).high, 6)
    0.308497
    """
    tail, failures = (1 - level) / 2, trials - successes
    low = 0.0 if successes == 0 else float(beta.ppf(tail, successes, failures + 1))
    high = 1.0 if failures == 0 else float(beta.ppf(1 - tail, successes + 1, failures))
    return Interval(successes / trials, low, high)


def coverage_report(
    truth: npt.ArrayLike, sets: npt.ArrayLike, lesions: Sequence[Hashable] | None = None, *, resamples: int = 2000
) -> CoverageReport:
    """Judge sets of classes on images that they were not fitted on.

    Args:
        truth: ``(N,)`` class indices.
        sets: ``(N, K)`` bool, as :func:`monai_skin.evaluation.prediction_sets` gives them.
        lesions: the lesion of each image, for intervals from resampling lesions; where all images are covered, or none,
            that says nothing, and the interval is Clopper and Pearson's for as many trials as there are lesions. None
            takes images as independent, with Clopper and Pearson's intervals throughout.
        resamples: of lesions.

    Raises:
        InvalidInputError: no image, other shapes, a class out of range, or not one lesion an image.
    """
    labels, members = _checked(truth, sets)
    names = list(range(len(labels))) if lesions is None else list(lesions)
    if len(names) != len(labels):
        problem = f"names {len(names)} for {len(labels)} images"
        raise InvalidInputError.about("coverage", "lesions", problem, expected="one an image")
    clustered = lesions is not None
    covered = members[np.arange(len(labels)), labels]

    def interval(where: npt.NDArray[np.bool_]) -> Interval | None:
        groups = [names[index] for index in np.flatnonzero(where)]
        return _interval(covered[where], groups, resamples if clustered else 0) if groups else None

    classes = range(members.shape[1])
    whole = _interval(covered, names, resamples if clustered else 0)
    sizes = members.sum(axis=1)
    return CoverageReport(
        coverage=whole,
        by_class=tuple(interval(labels == index) for index in classes),
        images=tuple(int((labels == index).sum()) for index in classes),
        mean_size=float(sizes.mean()),
        singletons=float((sizes == 1).mean()),
        empty=float((sizes == 0).mean()),
    )


def _interval(covered: npt.NDArray[np.bool_], lesions: Sequence[Hashable], resamples: int) -> Interval:
    trials, share = len(set(lesions)), float(covered.mean())
    if share in (0.0, 1.0):
        return clopper_pearson(round(share) * trials, trials)
    if resamples and trials > 1:
        return bootstrap_mean(covered.astype(np.float64), lesions, resamples=resamples)
    return clopper_pearson(int(covered.sum()), len(covered))


def _checked(truth: npt.ArrayLike, sets: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    labels, members = np.asarray(truth), np.asarray(sets)
    if members.ndim != 2 or 0 in members.shape or members.dtype != np.bool_:
        problem = f"are {members.dtype} of the shape {members.shape}"
        raise InvalidInputError.about("coverage", "sets", problem, expected="bool of the shape (N, K)")
    if labels.shape != members.shape[:1] or labels.dtype.kind not in "iu":
        problem = f"is {labels.dtype} of the shape {labels.shape}"
        raise InvalidInputError.about(
            "coverage", "truth", problem, expected=f"whole numbers of the shape ({len(members)},)"
        )
    if labels.min() < 0 or labels.max() >= members.shape[1]:
        problem = f"holds classes {labels.min()} to {labels.max()}"
        raise InvalidInputError.about("coverage", "truth", problem, expected=f"0 to {members.shape[1] - 1}")
    return labels.astype(np.int64), members
