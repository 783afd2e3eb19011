# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A full evaluation: what it states, what it writes, and what it refuses."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from monai_skin.errors import IntegrityError, UsageError
from monai_skin.evaluation import (
    CLASS_SCORES,
    EVALUATION_FILES,
    EVALUATION_FORMAT,
    OVERALL_NAMES,
    OVERALL_SCORES,
    Evaluation,
    Score,
    bootstrap,
    calibrated,
    decision_thresholds,
    evaluate_model,
    evaluation_to_json,
    fit_temperature,
    malignant_score,
    render_evaluation,
    write_evaluation,
)
from monai_skin.labels import VOCABULARIES
from monai_skin.metrics import expected_calibration_error, net_benefit
from tests.evaluation.models import CLASSES, make_model


def evaluate(**given) -> Evaluation:
    return evaluate_model(make_model(images=90, lesions=40), **{"resamples": 50, **given})


def read(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_values_and_percentile_intervals_are_those_of_a_comparison():
    found = evaluate()
    compared = bootstrap([found.model], resamples=50)[0]
    for score in compared.values:
        assert found.scores[score].estimate == pytest.approx(compared.estimate(score)), score
    assert set(found.scores) == set(OVERALL_SCORES) == set(OVERALL_NAMES)


def test_the_confusion_matrix_is_scikit_learns():
    found = evaluate()
    theirs = confusion_matrix(found.model.truth, found.model.probabilities.argmax(axis=1))
    np.testing.assert_array_equal(found.confusion, theirs)


def test_a_temperature_is_fitted_on_the_validation_images_and_judged_on_the_others():
    validation = make_model(images=80, prefix="v", skill=3.0)
    found = evaluate(validation=validation)
    temperature = fit_temperature(validation.truth, validation.probabilities)
    assert found.temperature == temperature and temperature != 1
    scaled = calibrated(found.model.probabilities, temperature)
    error = found.scaled_scores["expected_calibration_error"].estimate.value
    assert error == pytest.approx(expected_calibration_error(found.model.truth, scaled))
    assert found.scaled_scores["accuracy"] == found.scores["accuracy"]


def test_a_lesion_that_stands_on_both_sides_is_refused():
    model = make_model(images=90, lesions=40)
    with pytest.raises(IntegrityError, match="share"):
        evaluate_model(model, validation=model, resamples=10)


@pytest.mark.parametrize("given", [{"resamples": 0}, {"specificity": 1.2}, {"sensitivity": 0.0}])
def test_numbers_out_of_range_are_refused(given):
    with pytest.raises(UsageError, match="expected"):
        evaluate(**given)


def test_e1_absent_classes_are_named_and_have_no_recall():
    model = make_model(images=90)
    found = evaluate_model(model.take(np.flatnonzero(model.truth != 1)), resamples=20)
    assert found.absent == (CLASSES[1],)
    content = evaluation_to_json(found)
    assert content["absent_classes"] == [CLASSES[1]]
    assert content["per_class"][CLASSES[1]]["recall"]["value"] is None
    assert content["scores"]["macro_auc"]["value"] is not None


def test_e7_one_lesion_has_scores_and_no_interval():
    model = make_model(images=30)
    found = evaluate_model(model.take(np.arange(30)), resamples=5)
    single = evaluate_model(
        type(model)("a", CLASSES, model.image_ids, ("one",) * 30, model.truth, model.probabilities), resamples=5
    )
    score = single.scores["accuracy"]
    assert isinstance(score, Score) and score.estimate.value == found.scores["accuracy"].estimate.value
    assert math.isnan(score.estimate.low) and math.isnan(score.bca_low)


def test_the_same_seed_gives_the_same_and_another_another():
    first, again, other = evaluate(seed=1), evaluate(seed=1), evaluate(seed=2)
    assert evaluation_to_json(first) == evaluation_to_json(again) != evaluation_to_json(other)


def test_the_malignant_classes_count_together():
    model = make_model()
    malignant, score = malignant_score(model)
    np.testing.assert_array_equal(malignant, model.truth == 0)
    np.testing.assert_array_equal(score, model.probabilities[:, 0])


@pytest.mark.parametrize(
    ("classes", "absent"),
    [
        (VOCABULARIES["scin"][:3], {"malignant", "melanoma"}),
        (("bcc", "nv", "sk"), {"melanoma"}),
        (("mel", "bcc", "ak"), {"malignant"}),
    ],
)
def test_scores_of_sides_that_the_classes_do_not_have_are_left_out_everywhere(classes, absent, tmp_path):
    model = replace(make_model(images=90, lesions=40), classes=classes)
    found = evaluate_model(model, validation=replace(make_model(images=30, prefix="v"), classes=classes), resamples=20)
    left_out = {score for score in OVERALL_SCORES if score.split("_")[0] in absent}
    assert set(found.scores) == set(found.scaled_scores) == set(OVERALL_SCORES) - left_out
    write_evaluation(tmp_path, found)
    assert {row["score"] for row in read(tmp_path / "scores.csv")} & left_out == set()
    assert "balanced accuracy" in render_evaluation(found, sources={})


def test_files_hold_what_was_found(tmp_path):
    found = evaluate(validation=make_model(images=80, prefix="v"))
    write_evaluation(tmp_path, found)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(EVALUATION_FILES)
    content = json.loads((tmp_path / "metrics.json").read_text())
    assert content == evaluation_to_json(found) and content["format"] == EVALUATION_FORMAT == 1
    rows = {(row["class"], row["score"]): row for row in read(tmp_path / "scores.csv")}
    assert len(rows) == 2 * len(OVERALL_SCORES) + len(CLASSES) * len(CLASS_SCORES)
    assert float(rows["", "macro_auc"]["value"]) == pytest.approx(content["scores"]["macro_auc"]["value"], rel=1e-5)
    confusion = read(tmp_path / "confusion.csv")
    assert [[int(row[code]) for code in CLASSES] for row in confusion] == found.confusion.tolist()
    roc = [row for row in read(tmp_path / "roc.csv") if row["class"] == "malignant"]
    false, true = ([float(row[name]) for row in roc] for name in ("false_positive_rate", "true_positive_rate"))
    assert np.trapezoid(true, false) == pytest.approx(found.scores["malignant_auc"].estimate.value, abs=1e-5)
    recalls = [float(row["recall"]) for row in read(tmp_path / "precision_recall.csv") if row["class"] == CLASSES[0]]
    assert recalls[0] == 0 and recalls[-1] == 1 and recalls == sorted(recalls)
    reliability = read(tmp_path / "reliability.csv")
    for name in ("as given", "temperature scaled"):
        assert sum(int(row["images"]) for row in reliability if row["probabilities"] == name) == 90
    decision = read(tmp_path / "decision.csv")
    benefit = net_benefit(*malignant_score(found.model), decision_thresholds())
    np.testing.assert_allclose([float(row["model"]) for row in decision], benefit, atol=1e-5)


def test_nothing_in_the_json_is_nan(tmp_path):
    write_evaluation(tmp_path, evaluate())
    json.loads((tmp_path / "metrics.json").read_text(), parse_constant=lambda name: pytest.fail(name))
