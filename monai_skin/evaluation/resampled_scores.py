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
from scipy import sparse

from monai_skin.evaluation.predictions import Predictions
from monai_skin.labels import DIAGNOSES
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
        self._curves: list[_Curve] = []
        self._special: dict[str, _Curve] = {}
        if ranked:
            self._curves = [
                _Curve(truth == index, probabilities[:, index], member, self.lesions)
                for index in np.flatnonzero(self.present)
            ]
            malignant = [index for index, code in enumerate(model.classes) if DIAGNOSES[code].malignant]
            is_malignant, score = np.isin(truth, malignant), probabilities[:, malignant].sum(axis=1)
            self._special["malignant_auc"] = _Curve(is_malignant, score, member, self.lesions)
            if "mel" in model.classes:
                index = model.classes.index("mel")
                curve = _Curve(truth == index, probabilities[:, index], member, self.lesions, turn=False)
                self._special["melanoma_sensitivity"] = curve

    def __call__(self, weights: Floats) -> dict[str, Floats]:
        """Score name to ``(B,)`` values, for ``(lesions, B)`` weights."""
        scores = self._summed(weights)
        if self._curves:
            areas = np.stack([curve.area(weights) for curve in self._curves])
            # with a single class in the truth no area is defined anywhere, and the mean is NaN like each of them
            scores["macro_auc"] = areas.mean(axis=0)
            scores["malignant_auc"] = self._special["malignant_auc"].area(weights)
            if "melanoma_sensitivity" in self._special:
                scores["melanoma_sensitivity"] = self._special["melanoma_sensitivity"].sensitivity(weights, SPECIFICITY)
        return scores

    def _summed(self, weights: Floats) -> dict[str, Floats]:
        K = self.classes
        sums = weights.T @ self._features  # (B, K * K + BINS + 2)
        confusion = sums[:, : K * K].reshape(-1, K, K)
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
            "expected_calibration_error": np.abs(sums[:, K * K : K * K + BINS]).sum(axis=1) / images,
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


class _Curve:
    """The ROC curve of one score under weights of lesions.

    The thresholds are the distinct scores of the positive images, or of the negative ones where these are fewer. Every
    other image falls on a threshold or between two; a sparse matrix counts them by lesion, and one product with the
    weights gives the weight between and on all thresholds.

    Args:
        positive: ``(N,)`` bool.
        score: ``(N,)``.
        member: ``(N,)`` index of each image's lesion.
        lesions: how many.
        turn: whether the negative images may give the thresholds.
    """

    def __init__(
        self, positive: npt.NDArray[np.bool_], score: Floats, member: Integers, lesions: int, *, turn: bool = True
    ) -> None:
        self.turned = turn and int(positive.sum()) * 2 > positive.size
        few = ~positive if self.turned else positive
        thresholds, place = np.unique(score[few], return_inverse=True)
        many = score[~few]
        # 2i: below threshold i and above the one before it; 2i + 1: on threshold i
        slot = np.searchsorted(thresholds, many, "left") + np.searchsorted(thresholds, many, "right")
        self._few = _by_lesion(place, member[few], (len(thresholds), lesions))
        self._many = _by_lesion(slot, member[~few], (2 * len(thresholds) + 1, lesions))

    def area(self, weights: Floats) -> Floats:
        """``(B,)`` areas under the curve; NaN where one side has no weight."""
        few, many = self._few @ weights, np.cumsum(self._many @ weights, axis=0)
        beaten = (few * (many[0:-1:2] + many[1::2])).sum(axis=0) / 2
        with np.errstate(invalid="ignore"):
            area = beaten / (few.sum(axis=0) * many[-1])
        return 1 - area if self.turned else area

    def sensitivity(self, weights: Floats, specificity: float) -> Floats:
        """``(B,)`` best sensitivities of a threshold with at least this specificity; NaN where one side is empty."""
        few, many = self._few @ weights, np.cumsum(self._many @ weights, axis=0)
        total = many[-1]
        called = total - many[0:-1:2]  # negatives that reach each threshold
        with np.errstate(invalid="ignore"):
            sensitivity = (few * (called <= (1 - specificity) * total + 1e-9)).sum(axis=0) / few.sum(axis=0)
        return np.where(total > 0, sensitivity, np.nan)


def _by_lesion(row: Integers, member: Integers, shape: tuple[int, int]) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(row)), (row, member)), shape=shape)
