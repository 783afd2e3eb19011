# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from monai_skin.cli.main import main
from monai_skin.label import WeightVersions
from monai_skin.label.server import APP


def test_path_prints_the_folder_of_the_app(capsys):
    assert main(["label", "path"]) == 0
    assert Path(capsys.readouterr().out.strip()) == APP and (APP / "main.py").is_file()


def test_weights_lists_versions_and_chooses_one(tmp_path, capsys):
    assert main(["label", "weights", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "* 0  the bundle's own\n"
    (tmp_path / "best.pt").write_bytes(b"w")
    WeightVersions(tmp_path).add(tmp_path / "best.pt", {"images": 8, "epochs": 5})
    assert main(["label", "weights", str(tmp_path), "--activate", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("* 0") and lines[1].startswith("  1  model_v1.pt, 8 pictures, 5 epochs")
    assert main(["label", "weights", str(tmp_path), "--activate", "9"]) == 2
    assert "version 9 does not exist" in capsys.readouterr().err


def test_i5_serve_without_monai_label_says_how_to_install_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONAI_LABEL_PYTHON", raising=False)
    assert main(["label", "serve", "--studies", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "make label" in error


def test_worker_answers_line_by_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"do": "version"}\n{"do": "nothing"}\n'))
    assert main(["label", "worker", "--models", str(tmp_path)]) == 0
    replies = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert replies[0] == {"version": 0} and replies[1]["exit_code"] == 2


@pytest.mark.parametrize("text", ["", "[]", '{"epochs": 2}', '{"items": [], "epochs": "many"}'])
def test_train_refuses_what_is_no_plan(tmp_path, monkeypatch, capsys, text):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["label", "train", "--models", str(tmp_path)]) == 2
    assert "plan is not usable; expected JSON with items" in capsys.readouterr().err
