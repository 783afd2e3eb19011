# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Weighted scores against the plain metrics on images written out as often as they were drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin import metrics
from monai_skin.evaluation import RANKED_SCORES, SCORES, SUMMED_SCORES, ResampledScores
from monai_skin.labels import VOCABULARIES
from tests.evaluation.models import make_model

CLASSES = VOCABULARIES["isic2017"]


def plain(truth, probabilities):
    """Every score by the functions that know of no weights."""
    is_melanoma = truth == CLASSES.index("mel")
    return {name: getattr(metrics, name)(truth, probabilities) for name in SUMMED_SCORES} | {
        "macro_auc": metrics.macro_auc(truth, probabilities),
        "malignant_auc": metrics.malignant_auc(truth, probabilities, [0]),  # of the three only melanoma is malignant
        "melanoma_sensitivity": metrics.sensitivity_at_specificity(is_melanoma, probabilities[:, 0], 0.95),
    }


@settings(deadline=None, max_examples=40)
@given(st.integers(5, 40), st.integers(3, 12), st.integers(0, 1000))
def test_a_resample_scores_as_its_images_written_out_would(images, lesions, seed):
    model = make_model(images=images, lesions=lesions, seed=seed)
    _, member = np.unique(model.lesion_ids, return_inverse=True)
    weights = np.random.default_rng(seed).integers(0, 4, (member.max() + 1, 3)).astype(float)
    weights[0] += 1  # never nothing at all
    found = ResampledScores(model, member)(weights)
    assert set(found) == set(SCORES)
    for column in range(3):
        rows = np.repeat(np.arange(images), weights[member, column].astype(int))
        expected = plain(model.truth[rows], model.probabilities[rows])
        lost = set(model.truth) - set(model.truth[rows])
        for score, value in expected.items():
            if lost and score in {"balanced_accuracy", "macro_f1", "macro_auc"}:
                assert math.isnan(found[score][column])
            else:
                assert found[score][column] == pytest.approx(value, nan_ok=True), score


def test_the_scores_that_need_order_can_be_left_out():
    model = make_model()
    found = ResampledScores(model, np.arange(60), ranked=False)(np.ones((60, 1)))
    assert set(found) == set(SUMMED_SCORES) and not set(found) & set(RANKED_SCORES)
