# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Models on the same images: each with its scores, each against a reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from monai_skin.errors import IntegrityError, UsageError
from monai_skin.evaluation.bootstrap import Difference, Estimate, bootstrap
from monai_skin.evaluation.delong import delong
from monai_skin.evaluation.holm import holm
from monai_skin.evaluation.mcnemar import McNemar, mcnemar
from monai_skin.evaluation.permutation import permutation_test
from monai_skin.evaluation.predictions import Predictions, align
from monai_skin.evaluation.temperature import calibrated, fit_temperature

__all__ = ["COMPARED_SCORES", "AreaTest", "Comparison", "ModelScores", "Pair", "compare_models", "refuse_overlap"]

COMPARED_SCORES = ("balanced_accuracy", "macro_f1", "macro_auc")


@dataclass(frozen=True)
class ModelScores:
    """One model's scores by name, and its calibration after a temperature fitted on validation images, if any."""

    name: str
    scores: Mapping[str, Estimate]
    temperature: float | None = None
    scaled_calibration_error: Estimate | None = None


class AreaTest(NamedTuple):
    """DeLong's test of one class against the others; ``holm`` is its p-value corrected for the number of classes."""

    reference_area: float
    area: float
    p: float
    holm: float


@dataclass(frozen=True)
class Pair:
    """A model against the reference; McNemar's and DeLong's tests on one image a lesion.

    Args:
        name: of the model.
        reference: what it is compared with.
        differences: score to model minus reference.
        permutation: score to the p-value of swapping the two by lesion.
        mcnemar: ``only_first`` counts the images that only the reference gets right.
        areas: class code to its test.
        independent_images: how many images the two tests look at.
    """

    name: str
    reference: str
    differences: Mapping[str, Difference]
    permutation: Mapping[str, float]
    mcnemar: McNemar
    areas: Mapping[str, AreaTest]
    independent_images: int


@dataclass(frozen=True)
class Comparison:
    """All models and all pairs, and what they were judged on."""

    models: tuple[ModelScores, ...]
    pairs: tuple[Pair, ...]
    classes: tuple[str, ...]
    images: int
    lesions: int
    resamples: int
    seed: int


def compare_models(
    models: Sequence[Predictions],
    *,
    validation: Sequence[Predictions] = (),
    reference: str | None = None,
    resamples: int = 2000,
    seed: int = 0,
    progress: bool = False,
) -> Comparison:
    """Score models with intervals, and test each against a reference.

    Args:
        models: one or more, of the same images in any order.
        validation: predictions of other images by the same models in the same order, to fit a temperature each.
        reference: name of a model; the first by default.
        resamples: of lesions.
        seed: of the resampling.
        progress: show a bar.

    Raises:
        UsageError: two models share a name, none is called as the reference, or there are not as many validation tables
            as models.
        IntegrityError: a lesion stands in the validation and in the judged images.
        InvalidInputError: models disagree on the truth.
    """
    names = [model.name for model in models]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UsageError(f"two models are called {doubled[0]}; expected one name each, see --names")
    if reference is not None and reference not in names:
        raise UsageError(f"reference is {reference!r}; expected one of {', '.join(names)}")
    if validation and len(validation) != len(models):
        raise UsageError(f"{len(validation)} validation tables for {len(models)} models; expected one each, or none")
    models = align(models)
    for model, held_out in zip(models, validation, strict=bool(validation)):
        refuse_overlap(model, held_out)
    resampled = bootstrap(models, resamples=resamples, seed=seed, progress=progress)
    temperatures = [fit_temperature(one.truth, one.probabilities) for one in validation]
    scaled = _scaled(models, temperatures, resamples=resamples, seed=seed)
    scores = tuple(
        ModelScores(model.name, {score: found.estimate(score) for score in found.values}, temperature, error)
        for model, found, (temperature, error) in zip(models, resampled, scaled, strict=True)
    )
    first = 0 if reference is None else names.index(reference)
    others = [index for index in range(len(models)) if index != first]
    pairs = tuple(
        _pair(
            models[first],
            models[index],
            {score: resampled[index].minus(resampled[first], score) for score in COMPARED_SCORES},
            permutation_test(models[first], models[index], COMPARED_SCORES, permutations=resamples, seed=seed),
        )
        for index in others
    )
    base = models[first]
    return Comparison(scores, pairs, base.classes, len(base.image_ids), resampled[0].lesions, resamples, seed)


def refuse_overlap(model: Predictions, validation: Predictions) -> None:
    """Raise if what is fitted on the validation images would know those that are judged.

    Raises:
        UsageError: the two are of different classes.
        IntegrityError: a lesion or an image stands in both; one is named.
    """
    if model.classes != validation.classes:
        problem = f"are {', '.join(validation.classes)}"
        raise UsageError.about(validation.name, "validation classes", problem, expected=f"those of {model.name}")
    shared = {*model.image_ids, *model.lesion_ids} & {*validation.image_ids, *validation.lesion_ids}
    if shared:
        problem = f"share {len(shared)} images or lesions with those judged, such as {min(shared)}"
        raise IntegrityError.about(validation.name, "validation images", problem, expected="none in both")


def _scaled(
    models: Sequence[Predictions], temperatures: Sequence[float], *, resamples: int, seed: int
) -> list[tuple[float | None, Estimate | None]]:
    """Each model's temperature and calibration error at it, in the resamples that the other scores have."""
    if not temperatures:
        return [(None, None)] * len(models)
    pairs = zip(models, temperatures, strict=True)
    found = bootstrap(
        [model.having(calibrated(model.probabilities, temperature)) for model, temperature in pairs],
        resamples=resamples,
        seed=seed,
        ranked=False,
    )
    errors = [one.estimate("expected_calibration_error") for one in found]
    return list(zip(temperatures, errors, strict=True))


def _pair(
    reference: Predictions, model: Predictions, differences: Mapping[str, Difference], permutation: Mapping[str, float]
) -> Pair:
    first, second = reference.one_image_a_lesion(), model.one_image_a_lesion()
    right = [one.probabilities.argmax(axis=1) == one.truth for one in (first, second)]
    tests = [
        delong(first.truth == index, np.stack([first.probabilities[:, index], second.probabilities[:, index]]))
        for index in range(len(first.classes))
    ]
    p_values = [test.p_value() for test in tests]
    areas = {
        code: AreaTest(float(test.areas[0]), float(test.areas[1]), p, float(corrected))
        for code, test, p, corrected in zip(first.classes, tests, p_values, holm(p_values), strict=True)
    }
    tested = mcnemar(*right)
    return Pair(model.name, reference.name, differences, permutation, tested, areas, len(first.image_ids))
