# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Sets of classes that hold the true one as often as asked for: split conformal prediction.

Angelopoulos and Bates, "Conformal Prediction: A Gentle Introduction", Foundations and Trends in Machine Learning 2023,
https://arxiv.org/abs/2107.07511. The promise is for images that are exchangeable with those the thresholds come from,
and for probabilities from a network, or a calibration, that was not fitted to them. Other cameras, other shares of the
classes, and several images of one lesion break it more or less.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from monai_skin.errors import UsageError
from monai_skin.metrics import check_predictions

__all__ = ["CONFORMAL_SCORES", "conformal_scores", "fit_conformal", "prediction_sets"]

Floats = npt.NDArray[np.float64]

CONFORMAL_SCORES = ("lac", "aps")


def conformal_scores(probabilities: npt.ArrayLike, kind: str = "lac") -> Floats:
    """``(N, K)``: how odd each class would be as the truth of each image.

    ``lac`` (least ambiguous sets): 1 minus the class's probability. Sadinle et al., JASA 2019,
    https://arxiv.org/abs/1609.00451. ``aps`` (adaptive): the sum of the probabilities that are higher than the class's
    own. Romano et al., "Classification with valid and adaptive coverage", NeurIPS 2020,
    https://arxiv.org/abs/2006.02544, with 0 for their random number, so that the same image always gets the same set:
    the most probable class scores 0 and is in every set, and equally probable classes score the same. Sets hold the
    true class more often than asked for where the most probable class alone does.

    Args:
        probabilities: ``(N, K)``.
        kind: ``lac`` or ``aps``.

    Raises:
        UsageError: another kind.
        InvalidInputError: no such probabilities.
    """
    if kind not in CONFORMAL_SCORES:
        raise UsageError.about("conformal", "kind", f"is {kind!r}", expected=f"one of {', '.join(CONFORMAL_SCORES)}")
    labels = np.zeros(len(np.atleast_1d(np.asarray(probabilities))), dtype=np.int64)
    _, values = check_predictions(labels, probabilities)
    if kind == "lac":
        return 1 - values
    # sums of sorted numbers do not depend, even in their last digit, on the order the classes are listed in
    sums = np.cumsum(-np.sort(-values, axis=1), axis=1)
    higher = (values[:, None, :] > values[:, :, None]).sum(axis=2)
    return np.take_along_axis(np.pad(sums, ((0, 0), (1, 0))), higher, axis=1)


def fit_conformal(
    truth: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    alpha: float = 0.1,
    kind: str = "lac",
    by_class: bool = False,
) -> Floats:
    """The thresholds below which classes belong to a set.

    A threshold is the ``ceil((n + 1)(1 - alpha))``-th smallest of the n scores that the true classes have.

    Args:
        truth: ``(N,)`` class indices of images that neither the network nor a calibration was fitted to.
        probabilities: ``(N, K)``.
        alpha: share of images whose set may lack the true class, between 0 and 1.
        kind: see :func:`conformal_scores`.
        by_class: a threshold for each class from its own images (Vovk's Mondrian form), so that the promise holds for
            every class and not on the whole only, where the commonest class pays for the rare ones.

    Returns:
        ``(K,)``, all the same unless ``by_class``; infinity, which puts the class into every set, where images are too
        few: fewer than ``1 / alpha - 1``.

    Raises:
        UsageError: ``alpha`` is not between 0 and 1, or another kind.
        InvalidInputError: no such truth or probabilities.
    """
    if not 0 < alpha < 1:
        raise UsageError.about("conformal", "alpha", f"is {alpha:g}", expected="a number between 0 and 1")
    labels, values = check_predictions(truth, probabilities)
    own = conformal_scores(values, kind)[np.arange(len(labels)), labels]
    classes = range(values.shape[1])
    if not by_class:
        return np.array([_threshold(own, alpha)] * len(classes))
    return np.array([_threshold(own[labels == index], alpha) for index in classes])


def prediction_sets(
    probabilities: npt.ArrayLike, thresholds: npt.ArrayLike, kind: str = "lac"
) -> npt.NDArray[np.bool_]:
    """``(N, K)``: whether the class belongs to the image's set. With ``lac`` a set may be empty: all classes are odd.

    Args:
        probabilities: ``(N, K)``.
        thresholds: ``(K,)``, as :func:`fit_conformal` gives them for this kind.
        kind: see :func:`conformal_scores`.
    """
    belongs: npt.NDArray[np.bool_] = conformal_scores(probabilities, kind) <= np.asarray(thresholds)
    return belongs


def _threshold(scores: Floats, alpha: float) -> float:
    # the product may lie a rounding error above a whole number
    rank = math.ceil((len(scores) + 1) * (1 - alpha) - 1e-9)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else math.inf
