# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""MIND-the-SKIN in the two forms that are understood, by folders made by hand."""

from __future__ import annotations

import pytest

from monai_skin.data import group_items, read_dataset, read_mind_the_skin
from monai_skin.errors import InvalidInputError


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_folders_name_class_and_patient(tmp_path):
    touch(tmp_path, "Buruli Ulcer/p1/1.jpg", "Buruli Ulcer/p1/2.jpg", "yaws/p2/1.jpg", "yaws/loose.png", "notes/x.jpg")
    items = read_dataset(tmp_path)
    assert items == read_mind_the_skin(tmp_path)
    assert [(item["image_id"], item["patient_id"], item["dx"], item["label"]) for item in items] == [
        ("Buruli Ulcer_p1_1", "p1", "buruli_ulcer", 0),
        ("Buruli Ulcer_p1_2", "p1", "buruli_ulcer", 0),
        ("yaws_loose", "", "yaws", 4),
        ("yaws_p2_1", "p2", "yaws", 4),
    ]
    assert items[0]["image"] == str(tmp_path / "Buruli Ulcer" / "p1" / "1.jpg")
    assert len(group_items(items)) == 3


def test_a_table_says_the_same_and_may_write_the_names_out(tmp_path):
    rows = "image,patient_id,dx\nshots/a.jpg,p1,Buruli ulcer\nshots/b.jpg,p1,scabies\nc.jpg,,LEPROSY\n"
    (tmp_path / "mind_the_skin.csv").write_text(rows)
    items = read_dataset(tmp_path)
    assert [(item["image_id"], item["patient_id"], item["dx"], item["label"]) for item in items] == [
        ("shots_a", "p1", "buruli_ulcer", 0),
        ("shots_b", "p1", "scabies", 3),
        ("c", "", "leprosy", 1),
    ]
    assert len(group_items(items)) == 2, "one person with two diseases stays together"


def test_a_diagnosis_outside_the_five_is_named_with_its_row(tmp_path):
    (tmp_path / "mind_the_skin.csv").write_text(
        "image,patient_id,dx\na.jpg,p1,yaws\nb.jpg,p2,melanoma\nc.jpg,p3,yawz\n"
    )
    wanted = r"mind_the_skin\.csv row 3, b: dx is 'mel'; expected one of buruli_ulcer, leprosy, mycetoma, scabies, yaws"
    with pytest.raises(InvalidInputError, match=wanted):
        read_mind_the_skin(tmp_path)
    problems: list[InvalidInputError] = []
    assert [item["image_id"] for item in read_mind_the_skin(tmp_path, problems)] == ["a"]
    assert "did you mean 'yaws'" in str(problems[1])


def test_a_folder_of_neither_form_is_told_what_would_do(tmp_path):
    with pytest.raises(
        InvalidInputError, match=r"mind_the_skin\.csv was not found; expected it, or folders named buruli_"
    ):
        read_mind_the_skin(tmp_path)
