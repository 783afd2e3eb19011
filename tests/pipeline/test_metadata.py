# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known of the person, given beside the pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.pipeline import add_metadata, sites_of
from tests.small_bundle import BUNDLES

ITEMS = [
    {"image_id": "a", "file": "x/a.jpg", "age": None, "sex": "unknown", "site": "unknown"},
    {"image_id": "b", "file": "x/b.png", "age": 40.0, "sex": "male", "site": "back"},
]


def table(folder: Path, text: str) -> Path:
    path = folder / "people.csv"
    path.write_text(text)
    return path


def test_a_row_is_found_by_id_or_by_file_name_and_the_others_keep_what_they_had(tmp_path):
    by_id, kept = add_metadata(ITEMS, table=table(tmp_path, "image_id,age,sex,site\na,61,F,Face\n"))
    assert (by_id["age"], by_id["sex"], by_id["site"]) == (61.0, "female", "face")
    assert kept == ITEMS[1]
    _, by_file = add_metadata(ITEMS, table=table(tmp_path, "file,age\nelsewhere/b.png,7\n"))
    assert by_file == {**ITEMS[1], "age": 7.0}


def test_the_names_public_tables_use_are_understood(tmp_path):
    text = "image,age_approx,gender,anatom_site_general\na,,male,upper extremity\n"
    row, _ = add_metadata(ITEMS, table=table(tmp_path, text))
    assert (row["age"], row["sex"], row["site"]) == (None, "male", "upper extremity")


def test_one_value_may_be_given_for_all_and_nothing_changes_nothing():
    assert [item["age"] for item in add_metadata(ITEMS, age="0")] == [0.0, 0.0]
    assert add_metadata(ITEMS) == ITEMS


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("image_id,site\nb,back\na,torsoo\n", r"people.csv row 3: column site is 'torsoo' \(did you mean 'anterior"),
        ("image_id,age\na,-3\n", "people.csv row 2: column age is -3; expected a number of years from 0 to 120"),
        ("image_id,sex\na,girl\n", "people.csv row 2: column sex is 'girl'"),
        ("image_id,site\na,thigh\n", "row 2: column site is 'thigh', which this model was not shown"),
        ("image_id,age\na,3\na,4\n", "people.csv row 3: column image_id repeats 'a'"),
        ("age,sex\n3,male\n", "people.csv: header lacks a column that names the picture"),
        ("image_id,dx\na,nv\n", "people.csv: header lacks age, sex and site"),
    ],
)
def test_b1_b4_a_bad_value_is_named_with_row_and_column(tmp_path, text, problem):
    with pytest.raises(InvalidInputError, match=problem):
        add_metadata(ITEMS, table=table(tmp_path, text), sites=["back", "face"])


def test_a_bad_single_value_is_named_by_its_option():
    with pytest.raises(
        InvalidInputError, match=r"predict: --site is 'thigh', which this model was not shown; expected"
    ):
        add_metadata(ITEMS, site="thigh", sites=["back"])
    with pytest.raises(InvalidInputError, match="predict: --age is 121"):
        add_metadata(ITEMS, age="121")


def test_a_table_of_other_pictures_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"people.csv: table names none of the pictures"):
        add_metadata(ITEMS, table=table(tmp_path, "image_id,age\nz,3\n"))


def test_table_and_single_value_exclude_each_other(tmp_path):
    with pytest.raises(UsageError, match="--metadata and --sex are both given"):
        add_metadata(ITEMS, table=table(tmp_path, "image_id,age\na,3\n"), sex="male")


def test_a_bundle_says_which_sites_it_knows():
    assert "back" in (sites_of(BUNDLES / "dual_encoder_diagnosis") or [])
    assert sites_of(BUNDLES / "lesion_segmentation") is None
