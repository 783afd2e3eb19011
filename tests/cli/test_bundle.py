# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``bundle check`` and ``bundle card``."""

from __future__ import annotations

import json
import shutil

import pytest

from monai_skin.cli import main
from monai_skin.evaluation import evaluate_model, write_evaluation
from tests.evaluation.models import make_model
from tests.small_bundle import edit, make_bundle


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundles") / "good")


def test_a_good_bundle_ends_with_0(good, capsys):
    assert main(["bundle", "check", str(good)]) == 0
    captured = capsys.readouterr()
    assert captured.out == "good: can be used, 0 findings\n"
    assert captured.err == ""


@pytest.mark.parametrize(
    ("entry", "code", "verdict"),
    [({"bathc_size": 1}, 3, "is invalid"), ({"inferer": {"_target_": "os.system"}}, 4, "is unsafe")],
)
def test_c6_c10_each_kind_of_problem_has_its_code(good, tmp_path, capsys, entry, code, verdict):
    bad = shutil.copytree(good, tmp_path / "bad")
    edit(bad / "configs" / "inference.json", **entry)
    assert main(["bundle", "check", str(good), str(bad)]) == code
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0] == "good: can be used, 0 findings"
    assert f"bad: {verdict}" in captured.out
    assert "bad: inference.json, " in captured.err


def test_findings_come_as_json_when_asked(good, tmp_path, capsys):
    bad = shutil.copytree(good, tmp_path / "bad")
    (bad / "LICENSE").unlink()
    assert main(["bundle", "check", "--json", str(bad), str(good)]) == 3
    finding = {"severity": "invalid", "where": "LICENSE", "problem": "is missing", "expected": "a file"}
    assert json.loads(capsys.readouterr().out) == {"bad": [finding], "good": []}


def test_a_folder_that_is_no_bundle_ends_with_3(tmp_path, capsys):
    assert main(["bundle", "check", str(tmp_path)]) == 3
    assert "bundle has no configs folder" in capsys.readouterr().err


def test_a_card_is_printed_or_written(good, tmp_path, capsys):
    write_evaluation(tmp_path, evaluate_model(make_model(), resamples=5))
    words = ["bundle", "card", str(good), "--metrics", str(tmp_path / "metrics.json")]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# Model card: ") and "## Quantitative analyses" in printed
    assert main([*words, "--out", str(tmp_path / "card.md")]) == 0
    assert (tmp_path / "card.md").read_text() == printed.removesuffix("\n")
    assert main([*words[:-1], str(tmp_path / "none.json")]) == 3
    assert "none.json" in capsys.readouterr().err
