# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``compare``: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from monai_skin.cli import main
from monai_skin.evaluation import write_predictions
from tests.evaluation.models import make_model


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("ab"):
        write_predictions(f"{name}.csv", make_model(name, seed=seed))
        write_predictions(f"{name}_validation.csv", make_model(name, seed=seed, prefix="v"))
    return tmp_path


def run(capsys, *words):
    code = main(["compare", *words])
    streams = capsys.readouterr()
    return code, streams.out, streams.err


def test_tables_and_a_verdict_are_printed_and_written(folder, capsys):
    code, out, _ = run(
        capsys,
        "a.csv",
        "b.csv",
        "--validation",
        "a_validation.csv",
        "b_validation.csv",
        "--resamples",
        "20",
        "--out",
        "r",
    )
    assert code == 0 and out.endswith("\nResearch use only. Not for diagnosis.\n")
    assert "| a | " in out and "b against a: balanced accuracy " in out and "T = " in out
    assert sorted(path.name for path in (folder / "r").iterdir()) == ["results.csv", "results.json", "results.md"]


def test_json_holds_the_seed_and_the_same_seed_gives_the_same(folder, capsys):
    words = ["a.csv", "b.csv", "--json", "--resamples", "20", "--seed", "3", "--names", "x", "y", "--reference", "y"]
    (code, out, err), again = run(capsys, *words), run(capsys, *words)
    content = json.loads(out)
    assert (code, err, content["seed"], content["pairs"][0]["reference"]) == (0, "", 3, "y")
    assert again[1] == out


def test_the_truth_may_stand_in_a_table_of_its_own(folder, capsys):
    model = make_model()
    unknown = replace(model, truth=model.truth * 0 - 1)
    write_predictions("bare.csv", unknown)
    lines = [f"{image_id},{model.classes[label]}" for image_id, label in zip(model.image_ids, model.truth, strict=True)]
    (folder / "truth.csv").write_text("\n".join(["image_id,dx", *lines]))
    assert run(capsys, "bare.csv", "--resamples", "5")[0] == 3
    code, out, _ = run(capsys, "bare.csv", "a.csv", "--truth", "truth.csv", "--resamples", "5", "--json")
    models = json.loads(out)["models"]
    assert code == 0 and models[0]["scores"] == models[1]["scores"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["a.csv", "--resamples", "0"], 2, "--resamples is 0; expected 1 or more"),
        (["a.csv", "--seed", "-1"], 2, "--seed is -1; expected 0 or more"),
        (["a.csv", "b.csv", "--names", "x"], 2, "--names gives 1 for 2 tables; expected one each"),
        (["a.csv", "a.csv"], 2, "two models are called a; expected one name each, see --names"),
        (["a.csv", "--validation", "b.csv"], 9, "b: validation images share"),
        (["missing.csv"], 3, "missing.csv: file does not exist"),
    ],
)
def test_what_cannot_be_compared_ends_with_its_code(folder, capsys, words, code, message):
    found, out, err = run(capsys, *words)
    assert (found, out) == (code, "") and err.startswith(f"monai_skin compare: {message}")
