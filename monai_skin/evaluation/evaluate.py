# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One model judged in full: every score with two intervals, and what its curves and diagrams draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from monai_skin.errors import UsageError
from monai_skin.evaluation.bca import bca_interval, jackknife
from monai_skin.evaluation.bootstrap import Estimate, Resampled, lesion_members, resample
from monai_skin.evaluation.compare import refuse_overlap
from monai_skin.evaluation.detailed_scores import CLASS_SCORES, OVERALL_SCORES, DetailedScores, class_score
from monai_skin.evaluation.predictions import Predictions
from monai_skin.evaluation.temperature import calibrated, fit_temperature

__all__ = ["Evaluation", "Score", "evaluate_model"]

Floats = npt.NDArray[np.float64]


class Score(NamedTuple):
    """A score with its percentile interval and its bias-corrected and accelerated one.

    Args:
        estimate: value, ends of the percentile interval, and how many resamples had lost a class it needs.
        bca_low: lower end of the other interval; NaN where there is none.
        bca_high: upper end.
    """

    estimate: Estimate
    bca_low: float
    bca_high: float


@dataclass(frozen=True)
class Evaluation:
    """What is stated of a model.

    Args:
        model: the predictions it was judged by.
        scores: those of :data:`monai_skin.evaluation.OVERALL_SCORES` that the classes have.
        class_scores: class code to those of :data:`monai_skin.evaluation.CLASS_SCORES`.
        confusion: ``(K, K)`` images of each true class, the row, and each predicted one.
        absent: codes of the classes that no image has; macro scores are means over the others.
        lesions: how many were resampled.
        resamples: how many there were.
        seed: of their drawing.
        specificity: at which sensitivities are read off.
        sensitivity: at which specificities are.
        temperature: fitted on the validation images, if there were any.
        scaled: the model at that temperature.
        scaled_scores: its scores.
    """

    model: Predictions
    scores: Mapping[str, Score]
    class_scores: Mapping[str, Mapping[str, Score]]
    confusion: npt.NDArray[np.int64]
    absent: tuple[str, ...]
    lesions: int
    resamples: int
    seed: int
    specificity: float
    sensitivity: float
    temperature: float | None = None
    scaled: Predictions | None = None
    scaled_scores: Mapping[str, Score] | None = None


def evaluate_model(
    model: Predictions,
    *,
    validation: Predictions | None = None,
    resamples: int = 2000,
    seed: int = 0,
    specificity: float = 0.95,
    sensitivity: float = 0.95,
    progress: bool = False,
) -> Evaluation:
    """Score one model with intervals from resampling lesions.

    Args:
        model: its predictions, with the truth of every image.
        validation: its predictions of other images, to fit a temperature and to state the scores at it as well.
        resamples: how many, at least one.
        seed: of their drawing.
        specificity: at which to read off sensitivities, from 0 to 1.
        sensitivity: at which to read off specificities, above 0 and at most 1.
        progress: show bars on a terminal.

    Raises:
        UsageError: a number is out of range, or the validation images have other classes.
        IntegrityError: a lesion stands in the validation and in the judged images.
    """
    if resamples < 1:
        raise UsageError(f"resamples is {resamples}; expected 1 or more")
    if not 0 <= specificity <= 1 or not 0 < sensitivity <= 1:
        raise UsageError(f"specificity is {specificity:g} and sensitivity {sensitivity:g}; expected shares of 1")
    temperature, models = None, [model]
    if validation is not None:
        refuse_overlap(model, validation)
        temperature = fit_temperature(validation.truth, validation.probabilities)
        models.append(model.having(calibrated(model.probabilities, temperature)))
    member = lesion_members(model)
    lesions = int(member.max()) + 1
    scorers = [DetailedScores(one, member, specificity=specificity, sensitivity=sensitivity) for one in models]
    found = resample(scorers, lesions, resamples=resamples, seed=seed, progress=progress)
    scores = [
        _with_intervals(each, jackknife(scorer, lesions, progress=progress) if lesions > 1 else {})
        for each, scorer in zip(found, scorers, strict=True)
    ]
    count = np.bincount(model.truth, minlength=len(model.classes))
    pairs = model.truth * len(model.classes) + model.probabilities.argmax(axis=1)
    return Evaluation(
        model=model,
        scores={name: scores[0][name] for name in OVERALL_SCORES if name in scores[0]},
        class_scores={
            code: {score: scores[0][class_score(score, code)] for score in CLASS_SCORES} for code in model.classes
        },
        confusion=np.bincount(pairs, minlength=len(model.classes) ** 2).reshape(len(model.classes), -1),
        absent=tuple(code for code, images in zip(model.classes, count, strict=True) if images == 0),
        lesions=lesions,
        resamples=resamples,
        seed=seed,
        specificity=specificity,
        sensitivity=sensitivity,
        temperature=temperature,
        scaled=models[1] if validation is not None else None,
        scaled_scores=None
        if validation is None
        else {name: scores[1][name] for name in OVERALL_SCORES if name in scores[1]},
    )


def _with_intervals(found: Resampled, left_out: Mapping[str, Floats]) -> dict[str, Score]:
    return {
        name: Score(found.estimate(name), *bca_interval(value, found.samples[name], left_out.get(name, np.empty(0))))
        for name, value in found.values.items()
    }
