# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Derm7pt: the whole published table where it is there, and small copies of the published folder."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from monai_skin.data import check_dataset, load_datalist, read_dataset, read_derm7pt, split_grouped
from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.io import read_table

COLUMNS = ("case_num", "diagnosis", "location", "sex", "clinic", "derm")


def publish(folder, rows, indexes=None, columns=COLUMNS):
    (folder / "meta").mkdir(exist_ok=True)
    with open(folder / "meta" / "meta.csv", "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([columns, *rows])
    for name, members in (indexes or {}).items():
        text = "indexes\n" + "".join(f"{index}\n" for index in members)
        (folder / "meta" / f"{name}_indexes.csv").write_text(text)
    return folder


def small(count=4):
    return [(n + 1, "clark nevus", "back", "female", f"A/a{n}.jpg", f"A/d{n}.jpg") for n in range(count)]


@pytest.fixture(scope="module")
def published(data_root, tmp_path_factory):
    """The public table has no photographs' names; each row gets one of its own here."""
    rows = read_table(data_root / "tables" / "derm7pt_meta.csv")
    named = [(n, row["diagnosis"], "", "", f"clinic/{n}.jpg", row["derm"]) for n, row in enumerate(rows, start=1)]
    return publish(tmp_path_factory.mktemp("derm7pt"), named)


def test_the_five_groups_have_the_published_sizes(published):
    items = read_derm7pt(published)
    assert Counter(item["dx"] for item in items) == {"bcc": 42, "nv": 575, "mel": 252, "misc": 97, "sk": 45}
    assert Counter(item["label"] for item in items) == {0: 42, 1: 575, 2: 252, 3: 97, 4: 45}


def test_no_two_rows_of_the_published_table_name_the_same_dermoscopic_picture(published):
    items = read_derm7pt(published)
    assert len({item["paired_image"].casefold() for item in items}) == len(items) == 1_011
    assert all(item["patient_id"] == item["case_id"] for item in items)


def test_the_published_lists_are_taken_as_they_are_if_they_have_the_published_lengths(published, tmp_path):
    lengths = {"train": range(413), "valid": range(413, 616), "test": range(616, 1_011)}
    rows = [tuple(row.values()) for row in read_table(published / "meta" / "meta.csv")]
    folder = publish(tmp_path, rows, lengths)
    sections = Counter(item["section"] for item in read_derm7pt(folder))
    assert sections == {"training": 413, "validation": 203, "test": 395}
    assert len(load_datalist(folder, "test")) == 395
    publish(folder, rows, lengths | {"train": range(412), "valid": range(412, 616)})
    with pytest.raises(
        IntegrityError, match=r"lists of indexes hold 412, 204, 395 rows; expected the published 413, 203, 395"
    ):
        read_derm7pt(folder)


def test_a_row_is_a_pair_of_a_photograph_and_a_dermoscopic_picture_that_says_what_it_is(tmp_path):
    publish(tmp_path, [(7, "Reed or Spitz nevus", "head neck", "male", "NEL/NEL025.JPG", "NEL/Nel026.jpg")])
    (item,) = read_dataset(tmp_path)
    assert item == {
        "image": str(tmp_path / "images" / "NEL" / "NEL025.JPG"),
        "paired_image": str(tmp_path / "images" / "NEL" / "Nel026.jpg"),
        "paired_modality": "dermoscopy", "image_id": "case_7", "case_id": "7", "lesion_id": "7", "patient_id": "7",
        "dx": "nv", "label": 1, "age": None, "sex": "male", "site": "head/neck",
    }  # fmt: skip


@pytest.mark.parametrize(("column", "shared"), [(4, "a/A0.JPG"), (5, "A/d0.jpg")])
def test_rows_that_share_a_picture_are_of_one_patient_and_stay_together(tmp_path, column, shared):
    rows = [list(row) for row in small(8)]
    rows[5][column] = shared
    items = read_derm7pt(publish(tmp_path, rows))
    assert [item["patient_id"] for item in items] == ["1", "2", "3", "4", "5", "1", "7", "8"]
    for seed in range(5):
        sections = split_grouped(items, seed=seed).values()
        assert [{"1", "6"} & {item["case_id"] for item in part} for part in sections].count(set()) == 2


def test_a_shared_picture_in_two_published_sections_is_found_by_verification(tmp_path):
    rows = [list(row) for row in small(3)]
    rows[2][4] = rows[0][4]
    publish(tmp_path, rows, {"train": [0], "valid": [1], "test": [2]})
    sections = {name: load_datalist(tmp_path, name) for name in ("training", "validation", "test")}
    found = check_dataset(sections, pictures=False, progress=False).counts
    assert found["group_in_two_sections"] == 1


@pytest.mark.parametrize(
    ("indexes", "message"),
    [
        ({"train": [0, 1], "valid": [2], "test": [2, 3]}, "name row 2 2 times; expected each row from 0 to 3 once"),
        ({"train": [0, 1], "valid": [2], "test": []}, "name row 3 0 times"),
        ({"train": [0, 1], "valid": [2, 3], "test": [4]}, "name row 4 1 times"),
        ({"train": [0, 1], "test": [2, 3]}, "meta lacks valid_indexes.csv; expected all three lists, or none"),
    ],
)
def test_lists_that_do_not_hold_each_row_once_are_refused(tmp_path, indexes, message):
    with pytest.raises(IntegrityError, match=message):
        read_derm7pt(publish(tmp_path, small(), indexes))


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        (1, "clarke nevus", r"meta\.csv row 3, 2: diagnosis is 'clarke nevus'; expected one of basal cell carcinoma, "),
        (2, "bakc", "row 3, case_2: location is 'bakc' .did you mean 'back'"),
        (4, " ", "row 3, 2: clinic is empty; expected the name of a picture"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_the_others_are_read(tmp_path, column, cell, message):
    rows = [list(row) for row in small(3)]
    rows[1][column] = cell
    with pytest.raises(InvalidInputError, match=message):
        read_derm7pt(publish(tmp_path, rows))
    problems: list[InvalidInputError] = []
    assert [item["case_id"] for item in read_derm7pt(tmp_path, problems)] == ["1", "3"]
    assert len(problems) == 1


def test_an_index_that_is_no_number_is_named_with_its_row(tmp_path):
    with pytest.raises(
        InvalidInputError, match=r"test_indexes\.csv row 3: indexes is 'x'; expected the number of a row"
    ):
        read_derm7pt(publish(tmp_path, small(), {"train": [0, 1], "valid": [2], "test": [3, "x"]}))


def test_a_folder_without_the_table_is_told_what_would_do(tmp_path):
    with pytest.raises(
        InvalidInputError, match=r"meta/meta\.csv was not found; expected the table of Derm7pt's release_v0"
    ):
        read_derm7pt(tmp_path)
