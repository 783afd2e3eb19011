# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The page's part on groups of people."""

from __future__ import annotations

import re

from monai_skin.evaluation import (
    Person,
    evaluate_model,
    evaluation_to_json,
    render_evaluation,
    subgroup_report,
    subgroups_to_json,
    write_evaluation,
)
from monai_skin.io import read_table
from tests.evaluation.models import make_model


def judged(sexes=("female", "male"), attributes=("sex",)):
    model = make_model(images=90)
    people = {
        image_id: Person(age=20.0 + index % 70, sex=sexes[index % len(sexes)])
        for index, image_id in enumerate(model.image_ids)
    }
    return evaluate_model(model, resamples=10), subgroup_report(model, people, attributes, resamples=10)


def section(found, report):
    return render_evaluation(found, sources={}, subgroups=report).split('id="groups"')[1]


def test_every_group_and_gap_is_shown_with_its_numbers():
    found, report = judged(attributes=("sex", "age"))
    text = section(found, report)
    for group in report.groups:
        assert f"<td>{group.images}</td><td>{group.lesions}</td>" in text
        value = group.scores["true_positive_rate"].value
        assert value != value or f"{value:.3f}" in text
    for gap in report.gaps:
        assert f"{gap.estimate.value:.3f}" in text and f"{gap.highest} and {gap.lowest}" in text.replace("&gt;", ">")
    assert text.count("data:image/svg+xml") == 2 and "Fitzpatrick" in text


def test_a_group_with_few_is_marked_and_said_to_be_in_no_gap():
    text = section(*judged(sexes=("female", *["male"] * 29)))
    assert re.search(r'female <span class="verdict doubt">few</span>', text)
    assert "Too few images to count in a gap: female" in text
    assert "fewer than two groups have enough images" in text


def test_groups_stand_in_the_json_and_in_a_table(tmp_path):
    found, report = judged()
    assert evaluation_to_json(found, report)["subgroups"] == subgroups_to_json(report)
    assert evaluation_to_json(found)["subgroups"] is None
    write_evaluation(tmp_path, found, report)
    rows = read_table(tmp_path / "subgroups.csv")
    female = [row for row in rows if row["group"] == "female" and row["score"] == "accuracy"]
    assert float(female[0]["value"]) == report.groups[0].scores["accuracy"].value


def test_without_groups_there_is_no_such_part():
    found, _ = judged()
    assert 'id="groups"' not in render_evaluation(found, sources={})
