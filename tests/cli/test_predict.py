# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``predict``."""

from __future__ import annotations

import csv
import json

import pytest

from monai_skin.cli import main
from tests.small_bundle import make_bundle, make_pictures


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A folder of bundles, as the environment names it."""
    folder = tmp_path_factory.mktemp("shelf")
    make_bundle(folder / "lesion_segmentation")
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture
def predict(shelf, monkeypatch, tmp_path):
    monkeypatch.setenv("MONAI_SKIN_BUNDLES", str(shelf))

    def run(*words: object) -> int:
        return main(["predict", *map(str, words), "--out", str(tmp_path / "out"), "--device", "cpu"])

    return run


def ids(path):
    with path.open(newline="") as stream:
        return [row["image_id"] for row in csv.DictReader(stream)]


def test_a_folder_gives_masks_overlays_a_table_and_a_report(predict, pictures, tmp_path, capsys):
    assert predict(pictures[0].parent) == 0
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == ["masks", "overlays", "predictions.csv", "report.html"]
    assert len(ids(out / "predictions.csv")) == len(list((out / "masks").iterdir())) == len(pictures)
    captured = capsys.readouterr()
    assert captured.out.startswith("3 outlined, ")
    assert "report.html" in captured.out
    assert captured.out.endswith("Research use only. Not for diagnosis.\n")
    assert captured.err == ""


def test_patterns_and_tables_are_inputs_too(predict, pictures, tmp_path):
    table = pictures[0].parent / "some.csv"
    table.write_text(f"image\n{pictures[2].name}\n")
    assert predict(table, pictures[0].parent / "*1.png") == 0
    table.unlink()
    assert len(ids(tmp_path / "out" / "predictions.csv")) == 2


def test_f3_rejected_pictures_end_with_6_and_a_reason(predict, pictures, tmp_path, capsys):
    for number in range(7):
        (tmp_path / f"empty{number}.png").touch()
    assert predict(pictures[0], tmp_path) == 6
    captured = capsys.readouterr()
    assert captured.out.startswith("1 outlined, ")
    assert "7 rejected" in captured.out
    assert captured.err.count("rejected: ") == 6
    assert "2 more, see rejected.csv" in captured.err
    assert len(ids(tmp_path / "out" / "rejected.csv")) == 7


def test_f2_earlier_results_are_kept_unless_asked(predict, pictures, capsys):
    assert predict(pictures[0], "--quiet") == 0
    assert predict(pictures[0], "--quiet") == 2
    assert "expected a new folder, or overwrite" in capsys.readouterr().err
    assert predict(pictures[0], "--quiet", "--overwrite") == 0
    assert capsys.readouterr().out == ""


def test_results_come_as_json_when_asked(predict, pictures, capsys):
    assert predict(pictures[0], "--json", "--batch-size", 1) == 0
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert answer["note"] == "Research use only. Not for diagnosis."
    assert answer["rejected"] == []
    assert answer["rows"][0]["file"] == pictures[0].name
    assert captured.err == ""


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["nowhere.png"], 2, "nowhere.png"),
        (["{picture}", "--batch-size", "0"], 2, "--batch-size is 0; expected 1 or more"),
        (["{picture}", "--bundle", "nowhere"], 3, "bundle has no configs folder"),
    ],
)
def test_wrong_words_are_told_before_anything_runs(predict, pictures, tmp_path, capsys, words, code, problem):
    assert predict(*[word.format(picture=pictures[0]) for word in words]) == code
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
