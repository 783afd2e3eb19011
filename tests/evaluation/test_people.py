# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables of people as the data sets publish them."""

from __future__ import annotations

import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation import PERSON_COLUMNS, Person, read_people
from monai_skin.labels import SKIN_TYPES, parse_skin_type


def table(folder, text):
    path = folder / "people.csv"
    path.write_text(text)
    return path


def test_the_metadata_of_ham10000_is_a_table_of_people(tmp_path):
    head = "lesion_id,image_id,dx,dx_type,age,sex,localization\n"
    path = table(tmp_path, f"{head}HAM_1,ISIC_1,bkl,histo,80.0,male,scalp\nHAM_2,ISIC_2,nv,histo,,unknown,unknown\n")
    assert read_people(path) == {"ISIC_1": Person(80.0, "male", "scalp"), "ISIC_2": Person()}


def test_the_metadata_of_isic_2019_is_a_table_of_people(tmp_path):
    head = "image,age_approx,anatom_site_general,lesion_id,sex\n"
    path = table(tmp_path, f"{head}ISIC_1,55.0,anterior torso,,female\n")
    assert read_people(path) == {"ISIC_1": Person(55.0, "female", "anterior torso")}


@pytest.mark.parametrize("column", PERSON_COLUMNS["fitzpatrick"])
def test_skin_types_and_patients_are_read_where_they_are(tmp_path, column):
    path = table(tmp_path, f"image_id,{column.upper()},patient_id\na,iv,IP_1\nb,,\n")
    assert read_people(path) == {"a": Person(fitzpatrick="IV", patient_id="IP_1"), "b": Person()}


def test_a_skin_type_may_be_roman_or_arabic():
    assert tuple(parse_skin_type(str(number)) for number in range(1, 7)) == SKIN_TYPES
    assert tuple(parse_skin_type(f" {name.lower()} ") for name in SKIN_TYPES) == SKIN_TYPES
    assert parse_skin_type("3.0") == "III"
    assert {parse_skin_type(word) for word in ("", "NA", "nan", "Unknown")} == {"unknown"}


def test_newborns_are_not_of_unknown_age(tmp_path):
    assert read_people(table(tmp_path, "image_id,age\na,0\n"))["a"].age == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_id,sex\na,femal\n", "people.csv row 2: column sex is 'femal' .did you mean 'female'"),
        (
            "image_id,AGE\na,50\nb,old\n",
            "people.csv row 3: column AGE is old; expected a number of years from 0 to 120",
        ),
        ("image_id,localization\na,bakc\n", "people.csv row 2: column localization is 'bakc' .did you mean 'back'"),
        ("image_id,fst\na,VII\n", "people.csv row 2: column fst is 'VII'; expected 1 to 6, I to VI, or empty"),
        ("image_id,fst\na,0\n", "people.csv row 2: column fst is '0'; expected 1 to 6, I to VI, or empty"),
        ("image_id,sex\na,male\na,male\n", "people.csv row 3: column image_id repeats 'a' of row 2"),
        (
            "image_id,dx\na,nv\n",
            "people.csv: header lacks age, sex, site, fitzpatrick, patient_id; expected one of them",
        ),
    ],
)
def test_what_cannot_be_read_is_named_by_row_and_column(tmp_path, text, message):
    with pytest.raises(InvalidInputError, match=f"^{message}"):
        read_people(table(tmp_path, text))
