# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How far an image's features lie from those of the training images."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_triangular

from monai_skin.errors import InvalidInputError

__all__ = ["ClassGaussians", "fit_class_gaussians", "ledoit_wolf", "mahalanobis_distance"]

Floats = npt.NDArray[np.float64]


class ClassGaussians(NamedTuple):
    """One normal distribution a class, all of one covariance, in coordinates in which that is the identity.

    Args:
        means: ``(C, F)`` whitened means of the C classes that had images.
        whitening: ``(F, F)``; features times it are whitened.
    """

    means: Floats
    whitening: Floats


def ledoit_wolf(centred: npt.ArrayLike) -> tuple[Floats, float]:
    """Covariance shrunk towards a multiple of the identity by the share that is best on average.

    Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of Multivariate
    Analysis 2004, https://doi.org/10.1016/S0047-259X(03)00096-4. The plain estimate has directions of far too little
    variance where images are not many times as many as features, and along these everything would look far away.

    Args:
        centred: ``(N, F)`` with means of 0.

    Returns:
        ``(F, F)``, and the share of the identity, from 0 to 1.
    """
    values = np.asarray(centred, dtype=np.float64)
    count, features = values.shape
    plain = values.T @ values / count
    level = np.trace(plain) / features
    size = float(np.square(plain).sum())
    off = (size - features * level**2) / features
    squares = float(np.square(np.square(values).sum(axis=1)).sum())  # of all products of two features of an image
    noise = min((squares / count - size) / (count * features), off)
    share = noise / off if noise > 0 else 0.0
    return (1 - share) * plain + share * level * np.eye(features), float(share)


def fit_class_gaussians(features: npt.ArrayLike, truth: npt.ArrayLike) -> ClassGaussians:
    """The means of the classes and the covariance within them, shrunk by :func:`ledoit_wolf`.

    Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks", NeurIPS
    2018, https://arxiv.org/abs/1807.03888; they do not shrink.

    Args:
        features: ``(N, F)`` of training images.
        truth: ``(N,)`` class indices.

    Raises:
        InvalidInputError: other shapes, fewer than two images, features that are not finite, or that do not vary.
    """
    values, labels = _checked(features), np.asarray(truth)
    if not np.isfinite(values).all():
        raise InvalidInputError.about("familiarity", "features", "are not all finite", expected="finite numbers")
    if labels.shape != values.shape[:1] or len(values) < 2:
        expected = f"({len(values)},), one class an image, of two or more"
        raise InvalidInputError.about("familiarity", "truth", f"has the shape {labels.shape}", expected=expected)
    classes, place = np.unique(labels, return_inverse=True)
    means = np.stack([values[place == index].mean(axis=0) for index in range(len(classes))])
    covariance, _ = ledoit_wolf(values - means[place])
    try:
        lower = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        problem = "do not vary within the classes"
        raise InvalidInputError.about("familiarity", "features", problem, expected="more images of a class") from None
    whitening: Floats = solve_triangular(lower, np.eye(len(lower)), lower=True).T
    return ClassGaussians(means @ whitening, whitening)


def mahalanobis_distance(features: npt.ArrayLike, gaussians: ClassGaussians) -> Floats:
    """Distance to the nearest class mean, in standard deviations within the classes.

    Args:
        features: ``(N, F)``.
        gaussians: of :func:`fit_class_gaussians`.

    Returns:
        ``(N,)``, about the root of F for an image like those of training, NaN where a feature is not finite.

    Raises:
        InvalidInputError: another shape, or another number of features.
    """
    values, expected = _checked(features), len(gaussians.whitening)
    if values.shape[1] != expected:
        problem = f"are {values.shape[1]} an image"
        raise InvalidInputError.about("familiarity", "features", problem, expected=f"{expected}, as fitted")
    whitened = values @ gaussians.whitening
    # a class at a time: (N, C, F) at once would be large
    distances = [np.linalg.norm(whitened - mean, axis=1) for mean in gaussians.means]
    nearest: Floats = np.min(distances, axis=0)
    return nearest


def _checked(features: npt.ArrayLike) -> Floats:
    values = np.asarray(features, dtype=np.float64)
    if values.ndim != 2:
        raise InvalidInputError.about("familiarity", "features", f"have the shape {values.shape}", expected="(N, F)")
    return values
