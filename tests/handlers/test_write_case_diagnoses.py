# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from ignite.engine import Engine

from monai_skin.errors import UsageError
from monai_skin.evaluation import read_predictions
from monai_skin.handlers import WriteCaseDiagnoses, WriteDiagnoses, WriteDiagnosisScores


def pair(case_id: str, number: int, benign: float, **others: object) -> dict[str, object]:
    named = {"image_id": f"{case_id}_1_{number}", "case_id": case_id, "file": "a.jpg", "error": ""}
    return {**named, "pred": torch.tensor([benign, 1 - benign]), **others}


def run(out: Path, *items: dict[str, object], truth: bool = False, overwrite: bool = False) -> list[dict[str, str]]:
    given = {"folder": str(out), "vocabulary": "benign_malignant", "overwrite": overwrite}
    engine = Engine(lambda _, batch: batch)
    WriteDiagnoses(**given, truth=truth).attach(engine)
    WriteCaseDiagnoses(**given).attach(engine)
    engine.run([[one] for one in items])
    with (out / "cases.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_case_has_the_mean_probability_of_its_pairs(tmp_path):
    rows = run(tmp_path, pair("b", 1, 0.875), pair("a", 1, 0.25), pair("b", 2, 0.25))
    assert rows == [
        {
            "case_id": "b",
            "pairs": "2",
            "prediction": "benign",
            "probability": "0.56250000",
            "benign": "0.56250000",
            "malignant": "0.43750000",
        },
        {
            "case_id": "a",
            "pairs": "1",
            "prediction": "malignant",
            "probability": "0.75000000",
            "benign": "0.25000000",
            "malignant": "0.75000000",
        },
    ]


def test_pairs_that_were_set_aside_do_not_count_and_a_case_without_others_has_no_row(tmp_path):
    rows = run(
        tmp_path, pair("a", 1, 0.25), pair("a", 2, 0.5, error="a_1_2: is broken"), pair("b", 1, 0.5, error="b_1_1: too")
    )
    assert [(row["case_id"], row["pairs"], row["benign"]) for row in rows] == [("a", "1", "0.25000000")]


def test_the_truth_is_kept_where_there_is_one(tmp_path):
    rows = run(tmp_path, pair("a", 1, 0.25, dx="malignant", lesion_id="a"), truth=True)
    assert rows[0]["dx"] == "malignant"


def test_scores_are_of_cases_and_an_evaluation_reads_the_table(tmp_path):
    """By pairs two of three are right; by cases one of two."""
    items = [pair("a", 1, 0.8, dx="benign"), pair("a", 2, 0.6, dx="benign"), pair("b", 1, 0.7, dx="malignant")]
    engine, given = Engine(lambda _, batch: batch), {"folder": str(tmp_path), "vocabulary": "benign_malignant"}
    WriteDiagnoses(**given, truth=True).attach(engine)
    WriteCaseDiagnoses(**given).attach(engine)
    WriteDiagnosisScores(**given, by_case=True).attach(engine)
    engine.run([items])
    assert engine.state.metrics["accuracy"] == 0.5
    cases = read_predictions(tmp_path / "cases.csv")
    assert cases.image_ids == ("a", "b") and cases.truth.tolist() == [0, 1]
    np.testing.assert_allclose(cases.probabilities, [[0.7, 0.3], [0.7, 0.3]])


def test_scores_of_cases_need_the_table_of_cases(tmp_path):
    engine = Engine(lambda _, batch: batch)
    WriteDiagnosisScores(folder=str(tmp_path), vocabulary="benign_malignant", by_case=True).attach(engine)
    with pytest.raises(UsageError, match=r"cases.csv is absent; expected WriteCaseDiagnoses before it"):
        engine.run([[pair("a", 1, 0.5)]])


def test_items_without_a_case_are_refused(tmp_path):
    item = {key: value for key, value in pair("a", 1, 0.5).items() if key != "case_id"}
    with pytest.raises(UsageError, match="^WriteCaseDiagnoses: case_id is in no item; expected it beside image_id"):
        run(tmp_path, item)


def test_a_case_whose_name_a_spreadsheet_would_run_is_found_again(tmp_path):
    rows = run(tmp_path, pair("=cmd", 1, 0.25), pair("=cmd", 2, 0.5))
    assert [(row["case_id"], row["pairs"]) for row in rows] == [("'=cmd", "2")]


def test_earlier_results_are_not_replaced_unasked(tmp_path):
    run(tmp_path, pair("a", 1, 0.25))
    (tmp_path / "predictions.csv").unlink()
    with pytest.raises(UsageError, match="holds cases.csv already; expected a new folder, or overwrite"):
        run(tmp_path, pair("a", 1, 0.5))
    assert run(tmp_path, pair("a", 1, 0.5), overwrite=True)[0]["benign"] == "0.50000000"


def test_it_needs_the_table_of_all_pairs(tmp_path):
    engine = Engine(lambda _, batch: batch)
    WriteCaseDiagnoses(folder=str(tmp_path), vocabulary="benign_malignant").attach(engine)
    with pytest.raises(UsageError, match=r"^WriteCaseDiagnoses: predictions.csv is absent; expected WriteDiagnoses"):
        engine.run([[pair("a", 1, 0.5)]])
