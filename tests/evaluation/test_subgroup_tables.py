# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Reports as JSON and as rows."""

from __future__ import annotations

import csv
import json

import pytest

from monai_skin.evaluation import (
    GAP_KINDS,
    SUBGROUP_COLUMNS,
    SUBGROUP_FORMAT,
    SUBGROUP_SCORES,
    Person,
    subgroup_report,
    subgroup_rows,
    subgroups_to_json,
)
from monai_skin.io import write_table
from tests.evaluation.models import CLASSES, make_model


@pytest.fixture(scope="module")
def report():
    model = make_model(images=80)
    people = {
        one: Person(age=20.0 + index % 2 * 60, sex=("female", "male")[index % 2])
        for index, one in enumerate(model.image_ids)
    }
    return subgroup_report(model, people, ["sex", "sex+age"], resamples=20)


def test_json_says_all_and_has_null_for_what_is_not_defined(report):
    found = json.loads(json.dumps(subgroups_to_json(report), allow_nan=False))
    assert found["format"] == SUBGROUP_FORMAT and found["images"] == 80 and found["unit"] == "lesion"
    assert found["notes"] == list(report.notes)
    names = [(group["attribute"], group["name"]) for group in found["groups"]]
    assert names == [
        ("sex", "female"),
        ("sex", "male"),
        ("sex", "unknown"),
        ("sex+age", "female, <30"),
        ("sex+age", "male, >=75"),
    ]
    female, _, unknown = found["groups"][:3]
    assert female["scores"]["accuracy"]["value"] == report.groups[0].scores["accuracy"].value
    assert sum(female["class_counts"].values()) == female["images"] == 40
    assert unknown["few"] and unknown["scores"]["accuracy"] == {
        "value": None,
        "low": None,
        "high": None,
        "skipped": 20,
    }
    gap = found["gaps"][0]
    assert gap["left_out"] == ["unknown"] and gap["value"] == report.gaps[0].estimate.value


def test_a_table_has_a_row_a_group_and_score_and_a_row_a_gap(report, tmp_path):
    write_table(tmp_path / "groups.csv", subgroup_rows(report), SUBGROUP_COLUMNS)
    with open(tmp_path / "groups.csv", newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    a_group = len(SUBGROUP_SCORES) + len(CLASSES)
    assert len(rows) == 5 * a_group + 2 * len(GAP_KINDS)
    cells = {(row["attribute"], row["group"], row["score"]): row for row in rows}
    counted = cells["sex", "female", "images.mel"]
    assert int(counted["value"]) == report.groups[0].class_counts["mel"] and counted["low"] == ""
    accuracy = cells["sex+age", "male, >=75", "accuracy"]
    assert float(accuracy["low"]) == report.groups[4].scores["accuracy"].low and accuracy["few"] == "False"
    gap = cells["sex", "", "equal_opportunity"]
    assert float(gap["value"]) == report.gaps[0].estimate.value
    assert {gap["highest"], gap["lowest"]} == {"female", "male"} and gap["left_out"] == "unknown"


def test_groups_that_are_left_out_are_joined_by_semicolons(report):
    none_counts = subgroup_report(
        make_model(images=80),
        {one: Person(age=20.0 + index % 2 * 60) for index, one in enumerate(make_model(images=80).image_ids)},
        ["sex+age"],
        resamples=2,
        min_count=80,
    )
    gap = subgroup_rows(none_counts)[-1]
    assert gap["left_out"] == "unknown, <30; unknown, >=75"
    assert gap["value"] is gap["highest"] is gap["lowest"] is None
    assert subgroups_to_json(none_counts)["gaps"][0]["highest"] is None
