# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Comparing models: every part is what its own function gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monai_skin.errors import IntegrityError, UsageError
from monai_skin.evaluation import (
    COMPARED_SCORES,
    Comparison,
    ModelScores,
    bootstrap,
    compare_models,
    delong,
    fit_temperature,
    mcnemar,
    refuse_overlap,
)
from monai_skin.metrics import accuracy, macro_auc
from tests.evaluation.models import make_model


def models(lesions=40):
    return [make_model("a", 80, lesions=lesions), make_model("b", 80, lesions=lesions, skill=2, seed=2)]


def test_every_model_has_its_scores_and_every_other_is_held_against_the_first():
    first, second = models()
    found = compare_models([first, second], resamples=50)
    resampled = bootstrap([first, second], resamples=50)
    assert isinstance(found, Comparison) and all(isinstance(one, ModelScores) for one in found.models)
    assert [one.name for one in found.models] == ["a", "b"] and (found.images, found.resamples) == (80, 50)
    assert found.models[1].scores["macro_auc"] == resampled[1].estimate("macro_auc")
    assert found.models[1].scores["macro_auc"].value == pytest.approx(macro_auc(second.truth, second.probabilities))
    (pair,) = found.pairs
    assert (pair.name, pair.reference, tuple(pair.differences)) == ("b", "a", COMPARED_SCORES)
    assert pair.differences["macro_f1"] == resampled[1].minus(resampled[0], "macro_f1")


def test_the_tests_that_want_independent_images_get_one_a_lesion():
    first, second = models()
    (pair,) = compare_models([first, second], resamples=10).pairs
    alone, other = first.one_image_a_lesion(), second.one_image_a_lesion()
    assert pair.independent_images == len(set(first.lesion_ids)) == len(alone.image_ids) < 80
    right = [one.probabilities.argmax(axis=1) == one.truth for one in (alone, other)]
    assert pair.mcnemar == mcnemar(*right)
    expected = delong(alone.truth == 1, np.stack([alone.probabilities[:, 1], other.probabilities[:, 1]]))
    assert pair.areas["nv"][:3] == (*expected.areas, expected.p_value())
    assert all(test.holm >= test.p for test in pair.areas.values())


def test_another_reference_turns_the_difference():
    pair = compare_models(models(), resamples=30).pairs[0]
    turned = compare_models(models(), resamples=30, reference="b").pairs[0]
    assert (turned.name, turned.reference) == ("a", "b")
    assert turned.differences["macro_auc"].value == pytest.approx(-pair.differences["macro_auc"].value)


def test_a_temperature_is_fitted_on_other_images_and_changes_the_calibration_error_only():
    test, validation = make_model("a", 100, skill=3), make_model("v", 100, skill=1, prefix="v", seed=4)
    plain, scaled = (compare_models([test], validation=each, resamples=20).models[0] for each in ([], [validation]))
    assert plain.temperature is None and plain.scaled_calibration_error is None
    assert scaled.temperature == fit_temperature(validation.truth, validation.probabilities)
    assert scaled.scaled_calibration_error.value != scaled.scores["expected_calibration_error"].value
    assert scaled.scores == plain.scores
    assert plain.scores["accuracy"].value == accuracy(test.truth, test.probabilities)


def test_b6_validation_images_must_not_be_among_those_judged():
    with pytest.raises(IntegrityError, match="v: validation images share 80 images or lesions with .* such as i000"):
        compare_models([make_model("a", 40)], validation=[make_model("v", 40)])
    with pytest.raises(UsageError, match="v: validation classes are nv; expected those of a"):
        refuse_overlap(make_model("a"), replace(make_model("v"), classes=("nv",)))


def test_what_makes_no_sense_together_is_refused():
    with pytest.raises(UsageError, match="two models are called a; expected one name each"):
        compare_models([make_model("a"), make_model("a")])
    with pytest.raises(UsageError, match="reference is 'c'; expected one of a, b"):
        compare_models(models(), reference="c")
    with pytest.raises(UsageError, match="1 validation tables for 2 models; expected one each, or none"):
        compare_models(models(), validation=[make_model("v", prefix="v")])
