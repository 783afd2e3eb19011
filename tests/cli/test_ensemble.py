# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``ensemble``: the table each method writes, and how the command ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monai_skin.cli import main
from monai_skin.evaluation import (
    mean_of_logits,
    mean_of_probabilities,
    mean_of_ranks,
    read_predictions,
    write_predictions,
)
from monai_skin.io import read_table
from monai_skin.metrics import mutual_information
from tests.evaluation.models import make_model

MEMBERS = ["a.csv", "b.csv"]
VALIDATION = ["a_validation.csv", "b_validation.csv"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("ab"):
        write_predictions(f"{name}.csv", make_model(name, seed=seed))
        write_predictions(f"{name}_validation.csv", make_model(name, skill=1 + 3 * seed, seed=seed, prefix="v"))
    return tmp_path


def stack():
    return np.stack([read_predictions(name).probabilities for name in MEMBERS])


@pytest.mark.parametrize(
    ("method", "pool"), [("mean", mean_of_probabilities), ("logits", mean_of_logits), ("rank", mean_of_ranks)]
)
def test_each_method_writes_its_table(method, pool, capsys):
    assert main(["ensemble", *MEMBERS, "--method", method, "--out", "e.csv"]) == 0
    found, first = read_predictions("e.csv"), make_model()
    np.testing.assert_allclose(found.probabilities, pool(stack()), atol=1e-6)
    assert found.image_ids == first.image_ids and found.lesion_ids == first.lesion_ids
    assert (found.truth == first.truth).all()
    assert capsys.readouterr().out.endswith(
        "2 members, 60 images, written to e.csv\nResearch use only. Not for diagnosis.\n"
    )


def test_how_far_the_members_are_apart_has_a_column(tmp_path):
    assert main(["ensemble", *MEMBERS, "--out", "e.csv"]) == 0
    found = [float(row["member_spread"]) for row in read_table("e.csv")]
    np.testing.assert_allclose(found, mutual_information(stack()), atol=1e-6)
    assert main(["ensemble", "a.csv", "a.csv", "--out", "same.csv"]) == 0
    assert {row["member_spread"] for row in read_table("same.csv")} == {"0.000000"}


def test_weights_come_from_validation_images(capsys):
    assert main(["ensemble", *MEMBERS, "--method", "weighted", "--validation", *VALIDATION, "--out", "e.csv"]) == 0
    shown = capsys.readouterr().out.splitlines()[0]
    weights = [float(part.split()[-1]) for part in shown.removeprefix("weights:").split(",")]
    assert sum(weights) == pytest.approx(1, abs=2e-3) and weights[1] > weights[0]  # the second knows more
    expected = mean_of_probabilities(stack(), np.array(weights) / sum(weights))
    np.testing.assert_allclose(read_predictions("e.csv").probabilities, expected, atol=1e-3)


def test_images_without_a_truth_are_pooled_too():
    for name in MEMBERS:
        model = make_model(name)
        write_predictions(name, replace(model, truth=model.truth * 0 - 1))
    assert main(["ensemble", *MEMBERS, "--out", "e.csv"]) == 0
    assert (read_predictions("e.csv", need_truth=False).truth == -1).all()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["a.csv"], 2, "one table of predictions is given; expected two or more"),
        ([*MEMBERS, "--method", "weighted"], 2, "--method is weighted without --validation; expected it with it"),
        ([*MEMBERS, "--validation", *VALIDATION], 2, "--method is mean with --validation; expected it without it"),
        (
            [*MEMBERS, "--method", "weighted", "--validation", "a.csv"],
            2,
            "--validation gives 1 tables for 2 members; expected one each",
        ),
        ([*MEMBERS, "--method", "weighted", "--validation", *MEMBERS], 9, "a: validation images share 120 images"),
    ],
)
def test_what_cannot_be_pooled_ends_with_its_code(words, code, message, folder, capsys):
    assert main(["ensemble", *words, "--out", "e.csv"]) == code
    assert capsys.readouterr().err.startswith(f"monai_skin ensemble: {message}")
    assert not (folder / "e.csv").exists()
