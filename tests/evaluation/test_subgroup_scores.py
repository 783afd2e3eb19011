# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Weighted scores of a group against scikit-learn on its images written out as often as they were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from monai_skin.evaluation import SUBGROUP_SCORES, Predictions, SubgroupScores, lesion_members
from monai_skin.labels import VOCABULARIES
from monai_skin.metrics import expected_calibration_error

CLASSES = VOCABULARIES["ham10000"]
MALIGNANT = [CLASSES.index(code) for code in ("akiec", "bcc", "mel")]
MEL = CLASSES.index("mel")


def seven_classes(images, lesions, seed):
    draw = np.random.default_rng(seed)
    lesion = draw.integers(0, lesions, images)
    truth = draw.integers(0, len(CLASSES), lesions)[lesion]
    truth[: len(CLASSES)] = range(len(CLASSES))
    odds = np.exp(draw.normal(size=(images, len(CLASSES))) + np.eye(len(CLASSES))[truth])
    ids = tuple(f"i{index:03d}" for index in range(images))
    return Predictions("a", CLASSES, ids, tuple(map(str, lesion)), truth, odds / odds.sum(axis=1, keepdims=True))


def expected(truth, probabilities):
    guess = probabilities.argmax(axis=1)
    is_malignant, called = np.isin(truth, MALIGNANT), np.isin(guess, MALIGNANT)
    return {
        "accuracy": sk.accuracy_score(truth, guess),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, guess),
        "macro_f1": sk.f1_score(truth, guess, average="macro"),
        "recall.mel": sk.recall_score(truth == MEL, guess == MEL),
        "specificity.mel": sk.recall_score(truth != MEL, guess != MEL),
        "malignant_auc": sk.roc_auc_score(is_malignant, probabilities[:, MALIGNANT].sum(axis=1)),
        "true_positive_rate": sk.recall_score(is_malignant, called),
        "false_positive_rate": 1 - sk.recall_score(~is_malignant, ~called),
        "selection_rate": called.mean(),
        "expected_calibration_error": expected_calibration_error(truth, probabilities),
    }


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 1000))
def test_a_resample_of_all_lesions_scores_the_group_as_its_images_written_out_would(seed):
    model = seven_classes(60, 25, seed)
    member, rows = lesion_members(model), np.arange(0, 60, 2)
    rows = np.union1d(rows, np.arange(len(CLASSES)))  # every class is in the group
    weights = np.random.default_rng(seed).integers(1, 4, (member.max() + 1, 2)).astype(float)
    found = SubgroupScores(model, member, rows)(weights)
    assert tuple(found) == SUBGROUP_SCORES
    for column in range(2):
        written = np.repeat(rows, weights[member[rows], column].astype(int))
        for score, value in expected(model.truth[written], model.probabilities[written]).items():
            assert found[score][column] == pytest.approx(value), score


def test_classes_without_melanoma_have_no_score_of_it_and_the_others_as_before():
    model = seven_classes(60, 20, 3)
    member, rows = lesion_members(model), np.arange(40)
    weights = np.ones((member.max() + 1, 1))
    # a code of the same side in its place: nothing but the scores of melanoma may change
    codes = tuple("scc" if code == "mel" else code for code in CLASSES)
    other = Predictions("b", codes, model.image_ids, model.lesion_ids, model.truth, model.probabilities)
    before, after = (SubgroupScores(each, member, rows)(weights) for each in (model, other))
    for score in SUBGROUP_SCORES:
        np.testing.assert_array_equal(after[score], np.nan if score.endswith(".mel") else before[score])


def test_a_resample_without_the_group_has_no_score_and_one_without_a_side_none_of_that_side():
    model = seven_classes(14, 50, 0)
    member = np.arange(14)
    rows = np.array([CLASSES.index("nv"), CLASSES.index("bcc")])  # images 0 to 6 have the classes in order
    weights = np.ones((14, 2))
    weights[rows, 0] = 0
    weights[rows[1], 1] = 0
    found = SubgroupScores(model, member, rows)(weights)
    assert all(np.isnan(values[0]) for values in found.values())
    lost = {score for score, values in found.items() if np.isnan(values[1])}
    assert lost == {"balanced_accuracy", "macro_f1", "recall.mel", "malignant_auc", "true_positive_rate"}
