# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``data split`` by case, and the other data commands on data sets of cases and of pairs."""

from __future__ import annotations

import json

import pytest

from monai_skin.cli.main import main
from monai_skin.data import load_sections
from tests.data.test_scin import publish


@pytest.fixture
def pairs(tmp_path, capsys):
    assert main(["data", "phantoms", str(tmp_path / "pairs"), "--pairs", "--count", "8", "--size", "32", "32"]) == 0
    assert "12 pairs of 8 cases in pairs; made up" in capsys.readouterr().out
    return tmp_path / "pairs"


def test_pairs_are_drawn_verified_split_by_case_and_reported(pairs, tmp_path, capsys):
    assert main(["data", "verify", str(pairs)]) == 0
    assert main(["data", "split", str(pairs), "--protocol", "cases", "--train-ratio", "0.5"]) == 0
    said = capsys.readouterr()
    assert "validation is a part of the training cases" in said.err
    assert "of 4 groups, {'benign': 2, 'malignant': 3}" in said.out
    written = json.loads((pairs / "dataset.json").read_text())
    assert (written["train_ratio"], written["seed"]) == (0.5, 0)
    assert written["test"][0]["paired_image"].startswith("ultrasound/PAIR_"), "relative: the folder can be moved"
    assert main(["data", "report", str(pairs), "--out", str(tmp_path / "out")]) == 0
    assert "in two sections: 0 lesions, 0 patients, 0 images" in capsys.readouterr().out


def test_the_faithful_protocol_is_written_with_its_label(pairs, capsys):
    assert main(["data", "split", str(pairs), "--protocol", "cases-faithful", "--train-ratio", "0.5"]) == 0
    assert "scores of the epoch it selects are optimistic" in capsys.readouterr().err
    sections = load_sections(pairs)
    assert sections["validation"] == sections["test"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--protocol", "cases"], "--protocol cases is with no --train-ratio; expected a ratio"),
        (
            ["--train-ratio", "0.5"],
            "--protocol grouped is with --train-ratio 0.5; expected a ratio for a split by case",
        ),
        (["--protocol", "cases", "--train-ratio", "1.5"], "train_ratio is 1.5; expected a number between 0 and 1"),
        (
            ["--protocol", "cases", "--train-ratio", "0.5", "--fractions", "0.5", "0.2", "0.3"],
            "--fractions and --protocol cases are both given",
        ),
    ],
)
def test_words_that_do_not_go_together_are_refused(pairs, capsys, words, message):
    assert main(["data", "split", str(pairs), *words]) == 2
    assert message in capsys.readouterr().err


def test_what_a_reader_leaves_out_is_said(tmp_path, capsys):
    cases = [("{'Eczema': 1.0}", [f"{n}"], {"age_group": "AGE_18_TO_29"}) for n in range(9)]
    publish(tmp_path, *cases, ("{'Eczema': 0.5, 'Psoriasis': 0.5}", ["90"]), ("{'Tinea': 1}", ["91", "92"]))
    assert main(["data", "split", str(tmp_path), "--protocol", "cases", "--train-ratio", "0.7"]) == 0
    said = capsys.readouterr().err
    assert "left out: 1 cases whose largest weight is shared" in said
    assert "left out: 1 cases of other conditions" in said


def test_a_report_shows_skin_types_and_what_is_left_out(data_root, tmp_path, capsys):
    assert main(["data", "report", str(data_root / "clinical"), "--out", str(tmp_path), "--sample", "6"]) == 0
    facts = json.loads((tmp_path / "report.json").read_text())
    assert sum(facts["fitzpatrick"]["images"]) == facts["images"] == 114
    assert "Fitzpatrick skin type, by class" in (tmp_path / "report.html").read_text()
    assert facts["left_out"] == {} and facts["age_group"] is None
