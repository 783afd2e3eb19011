# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Scores of one group of images, in resamples that are drawn from all images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from monai_skin.evaluation.detailed_scores import class_score
from monai_skin.evaluation.predictions import Predictions, malignant_score
from monai_skin.evaluation.resampled_scores import ResampledScores
from monai_skin.evaluation.weighted_curve import WeightedCurve
from monai_skin.labels import DIAGNOSES

__all__ = ["SUBGROUP_SCORES", "SubgroupScores"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SUBGROUP_SCORES = (
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    class_score("recall", "mel"),
    class_score("specificity", "mel"),
    "malignant_auc",
    "true_positive_rate",
    "false_positive_rate",
    "selection_rate",
    "expected_calibration_error",
)


class SubgroupScores:
    """Evaluate the images of one group under weights of all lesions: :data:`SUBGROUP_SCORES`.

    All but the area under the curve are of the most probable class. An image whose most probable class is malignant is
    selected: ``selection_rate`` is the share of images that are, ``true_positive_rate`` and ``false_positive_rate``
    the shares of the malignant and of the benign ones. ``recall.mel`` and ``specificity.mel`` are of melanoma against
    the other classes, and NaN where melanoma is no class.

    A score is NaN in a resample that lost what it needs: ``balanced_accuracy`` and ``macro_f1`` every class that the
    group has, the others their side, and all of them any image of the group.

    Args:
        model: the predictions of all images.
        member: ``(N,)`` index of each image's lesion, or of what else is drawn.
        rows: places of the group's images, one or more.
    """

    def __init__(self, model: Predictions, member: Integers, rows: Integers) -> None:
        group = model.take(rows)
        self.lesions, own = np.unique(member[rows], return_inverse=True)
        self._summed = ResampledScores(group, own, ranked=False)
        self._curve = WeightedCurve(*malignant_score(group), own, len(self.lesions))
        self._malignant = np.array([DIAGNOSES[code].malignant for code in model.classes])
        self._melanoma = model.classes.index("mel") if "mel" in model.classes else None

    def __call__(self, weights: Floats) -> dict[str, Floats]:
        """Score name to ``(B,)`` values, for ``(lesions, B)`` weights of all lesions."""
        own = weights[self.lesions]
        with np.errstate(invalid="ignore"):  # a resample may have no image of the group
            scores = self._summed(own)
        scores |= self._of_confusion(self._summed.confusion(own)) | {"malignant_auc": self._curve(own).area()}
        return {score: scores[score] for score in SUBGROUP_SCORES}

    def _of_confusion(self, confusion: Floats) -> dict[str, Floats]:
        malignant = self._malignant
        of_class, predicted = confusion.sum(axis=2), confusion.sum(axis=1)  # (B, K)
        selected = confusion[:, :, malignant].sum(axis=2)  # (B, K), by true class
        hits, melanomas, called = np.full((3, len(confusion)), np.nan)
        if self._melanoma is not None:
            hits = confusion[:, self._melanoma, self._melanoma]
            melanomas, called = of_class[:, self._melanoma], predicted[:, self._melanoma]
        others = of_class.sum(axis=1) - melanomas
        with np.errstate(invalid="ignore"):
            return {
                class_score("recall", "mel"): hits / melanomas,
                class_score("specificity", "mel"): (others - (called - hits)) / others,
                "true_positive_rate": selected[:, malignant].sum(axis=1) / of_class[:, malignant].sum(axis=1),
                "false_positive_rate": selected[:, ~malignant].sum(axis=1) / of_class[:, ~malignant].sum(axis=1),
                "selection_rate": selected.sum(axis=1) / of_class.sum(axis=1),
            }
