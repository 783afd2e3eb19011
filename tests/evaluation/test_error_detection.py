# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a model is less sure where it is wrong."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.metrics import roc_auc_score

from monai_skin.errors import UsageError
from monai_skin.evaluation import ErrorDetection, error_detection, error_detection_to_json
from monai_skin.evaluation.bootstrap import draw_weights, lesion_members
from monai_skin.metrics import area_under_risk_coverage
from tests.evaluation.models import make_model


def test_entropy_is_judged_always_and_other_measures_beside_it():
    model = make_model(images=80, lesions=30)
    wrong = model.probabilities.argmax(axis=1) != model.truth
    found = error_detection(model, {"knows": wrong.astype(float), "nothing": np.zeros(80)}, resamples=30)
    assert isinstance(found["entropy"], ErrorDetection) and set(found) == {"knows", "nothing", "entropy"}
    unsure = entropy(model.probabilities, axis=1)
    assert found["entropy"].error_auroc.value == pytest.approx(roc_auc_score(wrong, unsure))
    assert found["entropy"].aurc.value == pytest.approx(area_under_risk_coverage(wrong, unsure))
    assert (found["knows"].error_auroc.value, found["nothing"].error_auroc.value) == (1, 0.5)
    assert found["nothing"].aurc.value == pytest.approx(wrong.mean())
    for estimate in found["entropy"]:
        assert estimate.low < estimate.value < estimate.high


def test_an_interval_is_that_of_judging_every_resample_by_itself():
    model = make_model(images=70, lesions=25)
    unsure = np.random.default_rng(1).integers(0, 6, 70) / 5  # with many ties
    wrong, member = model.probabilities.argmax(axis=1) != model.truth, lesion_members(model)
    found = error_detection(model, {"unsure": unsure}, resamples=25, seed=4)["unsure"]
    weights = draw_weights(int(member.max()) + 1, 25, np.random.default_rng(4)).astype(int)[member]
    drawn = [np.repeat(np.arange(70), column) for column in weights.T]
    for estimate, score in ((found.error_auroc, roc_auc_score), (found.aurc, area_under_risk_coverage)):
        values = [score(wrong[rows], unsure[rows]) for rows in drawn]
        assert (estimate.low, estimate.high) == pytest.approx(tuple(np.quantile(values, (0.025, 0.975))), abs=1e-12)


def test_a_lesion_is_drawn_with_all_of_its_images():
    model = make_model(images=60)
    copied = replace(model.take(np.repeat(np.arange(60), 5)), lesion_ids=tuple(np.repeat(model.lesion_ids, 5).tolist()))
    one, five = (error_detection(each, resamples=40)["entropy"].error_auroc for each in (model, copied))
    # five copies of every image are no more than one
    assert (five.low, five.high) == pytest.approx((one.low, one.high))


def test_a_model_without_an_error_has_none_to_detect():
    model = make_model(images=10)
    right = replace(model, probabilities=np.eye(3)[model.truth] * 0.7 + 0.1)
    answer = json.loads(json.dumps(error_detection_to_json(error_detection(right, resamples=5))))
    assert answer["entropy"]["error_auroc"] == {"value": None, "low": None, "high": None}
    assert answer["entropy"]["aurc"] == {"value": 0, "low": 0, "high": 0}


def test_no_resample_is_refused():
    with pytest.raises(UsageError, match="resamples is 0 and seed 0"):
        error_detection(make_model(), resamples=0)
