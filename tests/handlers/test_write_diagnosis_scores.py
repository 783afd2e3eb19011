# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The scores of an evaluation, beside what scikit-learn says of the same table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ignite.engine import Engine
from sklearn import metrics

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.handlers import WriteDiagnoses, WriteDiagnosisScores
from monai_skin.io import read_json, read_table
from monai_skin.labels import VOCABULARIES
from tests.handlers.test_write_diagnoses import item

CLASSES = VOCABULARIES["ham10000"]


def evaluate(out: Path, *items: dict[str, object], vocabulary: str = "ham10000") -> tuple[Engine, dict[str, object]]:
    engine = Engine(lambda _, batch: batch)
    WriteDiagnoses(folder=str(out), vocabulary=vocabulary, truth=True).attach(engine)
    WriteDiagnosisScores(folder=str(out), vocabulary=vocabulary).attach(engine)
    engine.run([list(items)])
    return engine, read_json(out / "metrics.json")


def drawn(count: int, classes: tuple[str, ...] = CLASSES) -> list[dict[str, object]]:
    """Pictures two a lesion, every class among them, with probabilities that know a little of the truth."""
    generator = np.random.default_rng(3)
    truth = np.arange(count) % len(classes)
    logits = generator.standard_normal((count, len(classes))) + 1.5 * np.eye(len(classes))[truth]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return [
        item(f"i{number}", tuple(probabilities[number]), dx=classes[truth[number]], lesion_id=f"L{number // 2}")
        for number in range(count)
    ]


def test_every_number_is_the_one_scikit_learn_gives_for_the_table(tmp_path):
    engine, report = evaluate(tmp_path, *drawn(60))
    rows = read_table(tmp_path / "predictions.csv")
    truth = [CLASSES.index(row["dx"]) for row in rows]
    table = np.array([[float(row[code]) for code in CLASSES] for row in rows])
    table /= table.sum(axis=1, keepdims=True)  # scikit-learn wants sums of 1 to the last digit
    guess = table.argmax(axis=1)
    one_hot = np.eye(len(CLASSES))[truth]
    expected = {
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, guess),
        "accuracy": metrics.accuracy_score(truth, guess),
        "macro_f1": metrics.f1_score(truth, guess, average="macro"),
        "macro_auc": metrics.roc_auc_score(truth, table, multi_class="ovr", average="macro"),
        "brier": sum(metrics.brier_score_loss(one_hot[:, k], table[:, k]) for k in range(len(CLASSES))),
        "negative_log_likelihood": metrics.log_loss(truth, table),
    }
    areas = metrics.roc_auc_score(one_hot, table, average=None)
    expected |= {f"auc_{code}": area for code, area in zip(CLASSES, areas, strict=True)}
    mel = CLASSES.index("mel")
    false_alarms, sensitivity, _ = metrics.roc_curve(one_hot[:, mel], table[:, mel], drop_intermediate=False)
    expected["melanoma_sensitivity_at_95_specificity"] = sensitivity[false_alarms <= 0.05 + 1e-9].max()
    scores = dict(report["scores"])
    assert 0 < scores.pop("expected_calibration_error") < 1  # scikit-learn has none; see the tests of the metric
    assert scores == pytest.approx(expected, abs=1e-6)
    assert {name: engine.state.metrics[name] for name in scores} == scores


def test_pictures_and_lesions_are_counted(tmp_path):
    _, report = evaluate(tmp_path, *drawn(20), item("alone", dx="nv", lesion_id=""))
    assert (report["images"], report["lesions"]) == (21, 11)


def test_four_of_five_right_at_80_percent_is_calibrated(tmp_path):
    sure = tuple(0.8 if code == "nv" else 0.2 / 6 for code in CLASSES)
    dx = ["nv", "nv", "nv", "nv", "mel"]
    _, report = evaluate(tmp_path, *[item(f"i{n}", sure, dx=code) for n, code in enumerate(dx)])
    assert report["scores"]["expected_calibration_error"] == pytest.approx(0, abs=1e-6)
    assert report["scores"]["accuracy"] == 0.8


def test_a_score_that_is_not_defined_is_null_and_no_number(tmp_path):
    engine, report = evaluate(tmp_path, *[one for one in drawn(60) if one["dx"] != "df"])
    assert report["scores"]["auc_df"] is None
    assert np.isnan(engine.state.metrics["auc_df"])
    assert report["scores"]["macro_auc"] is not None, "the mean is over the classes that occur"


def test_classes_without_melanoma_have_no_score_of_it(tmp_path, monkeypatch):
    monkeypatch.setitem(VOCABULARIES, "two", ("bcc", "nv"))
    items = [item("a", (0.75, 0.25), dx="bcc"), item("b", (0.25, 0.75), dx="nv")]
    _, report = evaluate(tmp_path, *items, vocabulary="two")
    assert "melanoma_sensitivity_at_95_specificity" not in report["scores"]
    assert report["scores"]["auc_bcc"] == 1


def test_a_diagnosis_outside_the_classes_is_named_with_its_picture(tmp_path):
    with pytest.raises(InvalidInputError, match="a: dx is 'scc'; expected one of akiec, bcc"):
        evaluate(tmp_path, item("a", dx="scc"))


def test_the_table_must_be_written_first_and_with_the_truth(tmp_path):
    engine = Engine(lambda _, batch: batch)
    WriteDiagnosisScores(folder=str(tmp_path), vocabulary="ham10000").attach(engine)
    with pytest.raises(UsageError, match="predictions.csv is absent; expected WriteDiagnoses before it"):
        engine.run([[item("a")]])
    without = Engine(lambda _, batch: batch)
    WriteDiagnoses(folder=str(tmp_path), vocabulary="ham10000").attach(without)
    WriteDiagnosisScores(folder=str(tmp_path), vocabulary="ham10000").attach(without)
    with pytest.raises(InvalidInputError, match="predictions.csv: header lacks dx"):
        without.run([[item("a")]])


def test_classes_nobody_knows_are_refused(tmp_path):
    with pytest.raises(UsageError, match="vocabulary is 'ham'; expected one of"):
        WriteDiagnosisScores(folder=str(tmp_path), vocabulary="ham")
