# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Everything a full evaluation states of one model, in many resamples at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from monai_skin.evaluation.predictions import Predictions, malignant_score
from monai_skin.evaluation.resampled_scores import SUMMED_SCORES, ResampledScores
from monai_skin.evaluation.weighted_curve import CurveSums, WeightedCurve
from monai_skin.labels import DIAGNOSES
from monai_skin.metrics import BINS, bin_of, check_predictions, reliability_bins

__all__ = ["CLASS_SCORES", "OVERALL_SCORES", "DetailedScores", "class_score"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CLASS_SCORES = ("recall", "specificity", "precision", "f1", "auc", "average_precision")
OVERALL_SCORES = (
    *SUMMED_SCORES,
    "macro_precision",
    "weighted_precision",
    "weighted_f1",
    "macro_auc",
    "weighted_auc",
    "macro_average_precision",
    "malignant_auc",
    "malignant_average_precision",
    "malignant_sensitivity",
    "malignant_specificity",
    "melanoma_sensitivity",
    "melanoma_specificity",
    "adaptive_calibration_error",
    "classwise_calibration_error",
    "maximum_calibration_error",
)


def class_score(score: str, code: str) -> str:
    """Under what name :class:`DetailedScores` gives a score of one class."""
    return f"{score}.{code}"


class DetailedScores:
    """Evaluate a model under weights of lesions: :data:`OVERALL_SCORES`, and :data:`CLASS_SCORES` of every class.

    A score that needs a class which the resample lost is NaN there; so are all scores of a class the truth never has,
    but its specificity, and precision and F1, which are 0. Macro scores are means over the classes of the truth;
    precision and F1 also count a class that is predicted without ever being true, with 0, as in scikit-learn. Macro
    recall is the balanced accuracy, and recall weighted by class the accuracy. The bins of the adaptive calibration
    error are those of all images, in every resample. Scores of melanoma are left out where that is no class, and those
    of malignant or benign where all classes are one of the two.

    Args:
        model: the predictions.
        member: ``(N,)`` index of each image's lesion.
        specificity: at which ``malignant_sensitivity`` and ``melanoma_sensitivity`` are read off.
        sensitivity: at which ``malignant_specificity`` and ``melanoma_specificity`` are.
    """

    def __init__(
        self, model: Predictions, member: Integers, *, specificity: float = 0.95, sensitivity: float = 0.95
    ) -> None:
        truth, probabilities = check_predictions(model.truth, model.probabilities)
        self.classes, lesions = model.classes, int(member.max()) + 1
        self.specificity, self.sensitivity = specificity, sensitivity
        self._summed = ResampledScores(model, member, ranked=False)
        self._bins = _binned(truth, probabilities, member, lesions)
        self._curves = {
            code: WeightedCurve(truth == index, probabilities[:, index], member, lesions, turn=False)
            for index, code in enumerate(model.classes)
        }
        sides = {DIAGNOSES[code].malignant for code in model.classes}
        curve = WeightedCurve(*malignant_score(model), member, lesions, turn=False)
        self._malignant = curve if len(sides) == 2 else None

    def __call__(self, weights: Floats) -> dict[str, Floats]:
        """Score name to ``(B,)`` values, for ``(lesions, B)`` weights."""
        scores = self._summed(weights)
        confusion = self._summed.confusion(weights)
        scores |= self._of_confusion(confusion)
        scores |= self._of_order(weights, confusion.sum(axis=2))
        scores |= self._of_calibration(weights)
        return scores

    def _of_confusion(self, confusion: Floats) -> dict[str, Floats]:
        hits = np.diagonal(confusion, axis1=1, axis2=2)
        of_class, predicted, images = confusion.sum(axis=2), confusion.sum(axis=1), confusion.sum(axis=(1, 2))
        either = of_class + predicted
        with np.errstate(invalid="ignore", divide="ignore"):
            recall = hits / of_class
            precision = np.where(predicted > 0, hits / predicted, 0)
            f1 = np.where(either > 0, 2 * hits / either, 0)
            negatives = images[:, None] - of_class
            specificity = (negatives - (predicted - hits)) / negatives
        share = of_class / images[:, None]
        lost = ((of_class == 0) & self._summed.present).any(axis=1)
        scores = {
            "macro_precision": np.where(lost, np.nan, precision.sum(axis=1) / (either > 0).sum(axis=1)),
            "weighted_precision": (precision * share).sum(axis=1),
            "weighted_f1": (f1 * share).sum(axis=1),
        }
        columns = {"recall": recall, "specificity": specificity, "precision": precision, "f1": f1}
        for score, values in columns.items():
            scores |= {class_score(score, code): values[:, index] for index, code in enumerate(self.classes)}
        return scores

    def _of_order(self, weights: Floats, of_class: Floats) -> dict[str, Floats]:
        # the sums of a curve are large, so all that is wanted of one is read off before the next
        scores: dict[str, Floats] = {}
        for code, curve in self._curves.items():
            sums = curve(weights)
            scores[class_score("auc", code)] = sums.area()
            scores[class_score("average_precision", code)] = sums.average_precision()
            if code == "mel":
                scores |= self._at_points("melanoma", sums)
        present = [code for code, is_there in zip(self.classes, self._summed.present, strict=True) if is_there]
        areas, share = (
            np.stack([scores[class_score("auc", code)] for code in present]),
            of_class.T[self._summed.present],
        )
        scores["macro_auc"] = areas.mean(axis=0)
        scores["weighted_auc"] = (areas * share).sum(axis=0) / share.sum(axis=0)
        precisions = np.stack([scores[class_score("average_precision", code)] for code in present])
        scores["macro_average_precision"] = precisions.mean(axis=0)
        if self._malignant is None:
            return scores
        sums = self._malignant(weights)
        scores |= {"malignant_auc": sums.area(), "malignant_average_precision": sums.average_precision()}
        return scores | self._at_points("malignant", sums)

    def _at_points(self, name: str, sums: CurveSums) -> dict[str, Floats]:
        return {
            f"{name}_sensitivity": sums.sensitivity_at(self.specificity),
            f"{name}_specificity": sums.specificity_at(self.sensitivity),
        }

    def _of_calibration(self, weights: Floats) -> dict[str, Floats]:
        images, gap, adaptive, classwise = (np.tensordot(part, weights, axes=(0, 0)) for part in self._bins)
        total = images.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            worst = np.where(images > 0, np.abs(gap) / images, 0).max(axis=0)
        return {
            "maximum_calibration_error": worst,
            "adaptive_calibration_error": np.abs(adaptive).sum(axis=0) / total,
            "classwise_calibration_error": np.abs(classwise).sum(axis=(0, 1)) / len(self.classes) / total,
        }


def _binned(
    truth: Integers, probabilities: Floats, member: Integers, lesions: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """By lesion and bin: images and gaps in bins of equal width, gaps in bins of equal mass, gaps a class."""
    confidence = probabilities.max(axis=1)
    excess = (probabilities.argmax(axis=1) == truth) - confidence
    edges = np.linspace(0, 1, BINS + 1)
    quantiles = reliability_bins(truth, probabilities, equal_mass=True).edges

    def added(bins: Integers, values: Floats) -> Floats:
        flat: Floats = np.bincount(member * BINS + bins, weights=values, minlength=lesions * BINS).astype(np.float64)
        return flat.reshape(lesions, BINS)

    even = bin_of(confidence, edges)
    classwise = [
        added(bin_of(probabilities[:, index], edges), probabilities[:, index] - (truth == index))
        for index in range(probabilities.shape[1])
    ]
    return (
        added(even, np.ones(len(truth))),
        added(even, excess),
        added(bin_of(confidence, quantiles), excess),
        np.stack(classwise, axis=1),
    )
