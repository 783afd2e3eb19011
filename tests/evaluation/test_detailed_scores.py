# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Every score of an evaluation against scikit-learn or the plain functions, on images written out."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from monai_skin import metrics
from monai_skin.evaluation import CLASS_SCORES, OVERALL_SCORES, DetailedScores, class_score, lesion_members
from tests.evaluation.models import CLASSES, make_model


def expected(truth, probabilities):
    """By scikit-learn where it has the score."""
    guess, labels = probabilities.argmax(axis=1), range(len(CLASSES))
    malignant, score = truth == 0, probabilities[:, 0]  # of the three classes only melanoma is malignant
    found = {}
    for average in ("macro", "weighted"):
        precision, _, f1, _ = sk.precision_recall_fscore_support(truth, guess, average=average, zero_division=0)
        found |= {f"{average}_precision": precision, f"{average}_f1": f1}
        found[f"{average}_auc"] = sk.roc_auc_score(truth, probabilities, multi_class="ovr", average=average)
    found["macro_average_precision"] = np.mean(
        [sk.average_precision_score(truth == index, probabilities[:, index]) for index in labels]
    )
    found["malignant_average_precision"] = sk.average_precision_score(malignant, score)
    found["malignant_sensitivity"] = metrics.sensitivity_at_specificity(malignant, score, 0.9)
    for code, index in zip(CLASSES, labels, strict=True):
        own, called = truth == index, guess == index
        found[class_score("recall", code)] = sk.recall_score(own, called)
        found[class_score("specificity", code)] = sk.recall_score(~own, ~called)
        found[class_score("precision", code)] = sk.precision_score(own, called, zero_division=0)
        found[class_score("f1", code)] = sk.f1_score(own, called)
        found[class_score("auc", code)] = sk.roc_auc_score(own, probabilities[:, index])
        found[class_score("average_precision", code)] = sk.average_precision_score(own, probabilities[:, index])
    found["maximum_calibration_error"] = metrics.maximum_calibration_error(truth, probabilities)
    found["classwise_calibration_error"] = metrics.classwise_calibration_error(truth, probabilities)
    return found


@settings(deadline=None, max_examples=8)
@given(st.integers(12, 40), st.integers(4, 12), st.integers(0, 1000))
def test_a_resample_scores_as_its_images_written_out_would(images, lesions, seed):
    model = make_model(images=images, lesions=lesions, seed=2 * seed)  # scikit-learn wants the sums exact
    member = lesion_members(model)
    weights = np.random.default_rng(seed).integers(1, 4, (member.max() + 1, 2)).astype(float)
    found = DetailedScores(model, member, specificity=0.9)(weights)
    assert {*OVERALL_SCORES, *(class_score(score, code) for score in CLASS_SCORES for code in CLASSES)} == set(found)
    for column in range(2):
        rows = np.repeat(np.arange(images), weights[member, column].astype(int))
        for score, value in expected(model.truth[rows], model.probabilities[rows]).items():
            assert found[score][column] == pytest.approx(value), score


def test_melanoma_alone_is_malignant_here_so_both_curves_agree():
    model = make_model()
    found = DetailedScores(model, lesion_members(model), sensitivity=0.8)(np.ones((60, 1)))
    for score in ("sensitivity", "specificity"):
        assert found[f"melanoma_{score}"] == found[f"malignant_{score}"]


def test_the_adaptive_calibration_error_is_the_plain_one_where_nothing_is_drawn():
    model = make_model(images=200)
    found = DetailedScores(model, lesion_members(model))(np.ones((200, 1)))
    plain = metrics.adaptive_calibration_error(model.truth, model.probabilities)
    assert found["adaptive_calibration_error"] == pytest.approx(plain)


def test_e1_a_class_the_truth_never_has_is_left_out_of_macro_scores():
    model = make_model(images=80)
    two = model.take(np.flatnonzero(model.truth != 2))
    found = DetailedScores(two, lesion_members(two))(np.ones((len(two.truth), 1)))
    areas = [found[class_score("auc", code)][0] for code in CLASSES]
    assert np.isnan(areas[2]) and found["macro_auc"][0] == pytest.approx(np.mean(areas[:2]))
    assert np.isnan(found[class_score("recall", CLASSES[2])][0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of the class that is predicted and never true
        theirs = sk.balanced_accuracy_score(two.truth, two.probabilities.argmax(axis=1))
    assert found["balanced_accuracy"][0] == pytest.approx(theirs)


def test_a_resample_without_a_class_has_no_score_that_needs_it():
    model = make_model(images=60)
    weights = np.ones((60, 2))
    weights[model.truth == 1, 1] = 0
    found = DetailedScores(replace(model, lesion_ids=model.image_ids), np.arange(60))(weights)
    for score in ("balanced_accuracy", "macro_precision", "macro_auc", "macro_average_precision"):
        assert np.isfinite(found[score][0]) and np.isnan(found[score][1]), score
    assert np.isfinite(found["accuracy"]).all()


def test_images_drawn_in_another_order_score_the_same():
    model = make_model(images=90, lesions=30)
    moved = model.take(np.random.default_rng(0).permutation(90))
    weights = np.random.default_rng(1).integers(1, 3, (len(set(model.lesion_ids)), 5)).astype(float)
    ours, theirs = (DetailedScores(one, lesion_members(one))(weights) for one in (model, moved))
    for score, values in ours.items():
        np.testing.assert_allclose(values, theirs[score], err_msg=score)
