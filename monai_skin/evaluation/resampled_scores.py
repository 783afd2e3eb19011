# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Scores of one model in many resamples at once.

A resample is a weight for each lesion: how often it was drawn. Every score here is written in sums over lesions, so
that a hundred resamples cost a few matrix products instead of a hundred evaluations. What depends on thresholds needs
the images in order of their score; they are sorted once, and only the rarer side's scores are kept as thresholds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from monai_skin.evaluation.predictions import Predictions, malignant_score
from monai_skin.evaluation.weighted_curve import WeightedCurve
from monai_skin.metrics import BINS, PROBABILITY_FLOOR, bin_of, check_predictions

__all__ = ["RANKED_SCORES", "SCORES", "SUMMED_SCORES", "ResampledScores"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SPECIFICITY = 0.95
SUMMED_SCORES = (
    "balanced_accuracy",
    "accuracy",
    "macro_f1",
    "expected_calibration_error",
    "brier",
    "negative_log_likelihood",
)
RANKED_SCORES = ("macro_auc", "malignant_auc", "melanoma_sensitivity")
SCORES = (*SUMMED_SCORES, *RANKED_SCORES)


class ResampledScores:
    """Evaluate a model under weights of lesions.

    A score that needs a class which the resample lost is NaN there: ``balanced_accuracy``, ``macro_f1`` and
    ``macro_auc`` need every class of the truth, the other two of :data:`RANKED_SCORES` both of their sides.
    ``melanoma_sensitivity`` is that at 95 % specificity.

    Args:
        model: the predictions.
        member: ``(N,)`` index of each image's lesion.
        ranked: False leaves out :data:`RANKED_SCORES`, which take most of the time.
    """

    def __init__(self, model: Predictions, member: Integers, *, ranked: bool = True) -> None:
        truth, probabilities = check_predictions(model.truth, model.probabilities)
        self.classes, self.lesions = probabilities.shape[1], int(member.max()) + 1
        self.present = np.bincount(truth, minlength=self.classes) > 0
        self._features = _features(truth, probabilities, member, self.lesions)
        self._curves: list[WeightedCurve] = []
        self._special: dict[str, WeightedCurve] = {}
        if ranked:
            self._curves = [
                WeightedCurve(truth == index, probabilities[:, index], member, self.lesions)
                for index in np.flatnonzero(self.present)
            ]
            self._special["malignant_auc"] = WeightedCurve(*malignant_score(model), member, self.lesions)
            if "mel" in model.classes:
                index = model.classes.index("mel")
                curve = WeightedCurve(truth == index, probabilities[:, index], member, self.lesions, turn=False)
                self._special["melanoma_sensitivity"] = curve

    def __call__(self, weights: Floats) -> dict[str, Floats]:
        """Score name to ``(B,)`` values, for ``(lesions, B)`` weights."""
        scores = self._summed(weights)
        if self._curves:
            areas = np.stack([curve(weights).area() for curve in self._curves])
            # with a single class in the truth no area is defined anywhere, and the mean is NaN like each of them
            scores["macro_auc"] = areas.mean(axis=0)
            scores["malignant_auc"] = self._special["malignant_auc"](weights).area()
            if "melanoma_sensitivity" in self._special:
                scores["melanoma_sensitivity"] = self._special["melanoma_sensitivity"](weights).sensitivity_at(
                    SPECIFICITY
                )
        return scores

    def confusion(self, weights: Floats) -> Floats:
        """``(B, K, K)`` weight of each pair of true class, the row, and predicted one, for ``(lesions, B)`` weights."""
        K = self.classes
        return (weights.T @ self._features[:, : K * K]).reshape(-1, K, K)

    def _summed(self, weights: Floats) -> dict[str, Floats]:
        K, confusion = self.classes, self.confusion(weights)
        sums = weights.T @ self._features[:, K * K :]  # (B, BINS + 2)
        images = confusion.sum(axis=(1, 2))
        hits, of_class, predicted = (
            np.diagonal(confusion, axis1=1, axis2=2),
            confusion.sum(axis=2),
            confusion.sum(axis=1),
        )
        either = of_class + predicted
        with np.errstate(invalid="ignore", divide="ignore"):
            recall = (hits / of_class)[:, self.present].mean(axis=1)  # NaN once a class of the truth is lost
            f1 = np.where(either > 0, 2 * hits / either, 0).sum(axis=1) / (either > 0).sum(axis=1)
        return {
            "balanced_accuracy": recall,
            "accuracy": hits.sum(axis=1) / images,
            "macro_f1": np.where(np.isnan(recall), np.nan, f1),
            "expected_calibration_error": np.abs(sums[:, :BINS]).sum(axis=1) / images,
            "brier": sums[:, -2] / images,
            "negative_log_likelihood": sums[:, -1] / images,
        }


def _features(truth: Integers, probabilities: Floats, member: Integers, lesions: int) -> Floats:
    """``(lesions, K * K + BINS + 2)``: cells of the confusion matrix, gaps a bin, Brier and log-likelihood terms."""
    K, rows = probabilities.shape[1], np.arange(len(truth))
    guess, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    own = probabilities[rows, truth]
    out = np.zeros((lesions, K * K + BINS + 2))
    np.add.at(out, (member, truth * K + guess), 1.0)
    index = bin_of(confidence, np.linspace(0, 1, BINS + 1))
    np.add.at(out, (member, K * K + index), (guess == truth) - confidence)
    squares = np.square(probabilities).sum(axis=1) - 2 * own + 1
    out[:, -2] = np.bincount(member, weights=squares, minlength=lesions)
    out[:, -1] = np.bincount(member, weights=-np.log(np.maximum(own, PROBABILITY_FLOOR)), minlength=lesions)
    return out
