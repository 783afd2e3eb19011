# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What is written of a comparison, and that words say no more than intervals."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monai_skin.evaluation import (
    SCORE_NAMES,
    Difference,
    McNemar,
    Pair,
    compare_models,
    to_json,
    to_markdown,
    verdict,
    write_results,
)
from monai_skin.io import read_json, read_table
from tests.evaluation.models import make_model


def pair(low, high, value=None):
    found = Difference((low + high) / 2 if value is None else value, low, high, 0.5)
    return Pair("b", "a", {"macro_f1": found}, {"macro_f1": 0.5}, McNemar(1, 2, 1.0), {}, 10)


@given(st.floats(-1, 1), st.floats(0, 1))
def test_a_difference_is_called_one_only_where_the_interval_leaves_out_zero(low, width):
    words = verdict(pair(low, low + width))
    assert ("higher" in words) == (low > 0) and ("lower" in words) == (low + width < 0)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.03, "macro-F1 higher by 0.020 (95 % interval 0.010 to 0.030)."),
        (-0.03, -0.01, "macro-F1 lower by 0.020 (95 % interval 0.010 to 0.030)."),
        (-0.01, 0.03, "macro-F1 no difference shown (95 % interval -0.010 to +0.030)."),
        (0.0, 0.0, "macro-F1 the same in every resample."),
        (math.nan, math.nan, "macro-F1 not comparable, there is no interval."),
    ],
)
def test_the_verdict_in_words(low, high, words):
    assert verdict(pair(low, high)) == f"b against a: {words}"


@pytest.fixture(scope="module")
def comparison():
    validation = [make_model(name, 50, prefix="v", seed=seed) for seed, name in enumerate("ab")]
    return compare_models([make_model("a"), make_model("b", seed=2)], validation=validation, resamples=20)


def test_the_page_has_a_row_a_model_and_a_section_a_pair(comparison):
    page = to_markdown(comparison)
    lines = page.splitlines()
    assert lines[0] == f"| model | {' | '.join(SCORE_NAMES.values())} | ECE, temperature scaled |"
    assert lines[2].startswith("| a | ") and lines[3].startswith("| b | ") and lines[3].count(" | ") == 6
    assert str(comparison.models[1].scores["macro_auc"]) in lines[3] and "T = " in lines[3]
    assert "60 images of 60 lesions" in page and "20 resamples of lesions, seed 0" in page
    assert "## b against a" in page and verdict(comparison.pairs[0]) in page
    assert all(f"| {code} | " in page for code in comparison.classes)


def test_a_name_with_a_bar_does_not_break_the_table(comparison):
    named = replace(comparison, models=(replace(comparison.models[0], name="a|b"),), pairs=())
    assert "| a/b | " in to_markdown(named)


def test_skipped_resamples_are_told(comparison):
    model = comparison.models[0]
    scores = {**model.scores, "macro_f1": model.scores["macro_f1"]._replace(skipped=7)}
    page = to_markdown(replace(comparison, models=(replace(model, scores=scores),)))
    assert "Up to 7 resamples had lost a class" in page and "had lost a class" not in to_markdown(comparison)


def test_three_files_hold_the_same_numbers(comparison, tmp_path):
    write_results(tmp_path / "out", comparison)
    content = read_json(tmp_path / "out" / "results.json")
    assert content == to_json(comparison)
    rows = {(row["model"], row["score"]): row for row in read_table(tmp_path / "out" / "results.csv")}
    for model in content["models"]:
        for score, found in model["scores"].items():
            assert float(rows[model["name"], score]["high"]) == found["high"]
        assert float(rows[model["name"], "scaled_calibration_error"]["value"])
    page = (tmp_path / "out" / "results.md").read_text(encoding="utf-8")
    assert page.startswith(to_markdown(comparison)) and page.endswith("\nResearch use only. Not for diagnosis.\n")


def test_what_is_not_defined_is_null(comparison):
    lonely = replace(comparison.pairs[0], differences=pair(math.nan, math.nan, 0.1).differences)
    found = to_json(replace(comparison, pairs=(lonely,)))["pairs"][0]["differences"]["macro_f1"]
    assert found == {"value": 0.1, "low": None, "high": None, "p": 0.5, "skipped": 0}
