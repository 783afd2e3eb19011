# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Age, sex and site of a header."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from monai_skin.dicom import read_person
from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import open_dicom
from tests.dicom.objects import object_bytes


def person(**elements):
    return read_person(open_dicom(object_bytes(**elements), source="lesion.dcm"))


def region(code: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "SCT", "any"
    return item


@pytest.mark.parametrize(
    ("elements", "years"),
    [
        ({"PatientAge": "006M"}, 0.5),
        ({"PatientAge": "034Y"}, 34.0),
        ({}, None),
        ({"PatientBirthDate": "20100101", "StudyDate": "20200101"}, 3652 / 365.25),  # two leap days
        ({"PatientBirthDate": "2010.01.01", "StudyDate": "20200101"}, 3652 / 365.25),
        ({"PatientBirthDate": "20100101", "StudyDate": ""}, None),
    ],
)
def test_g10_ages_are_years(elements, years):
    assert person(**elements).age == years


def test_g10_other_and_no_sex_are_unknown():
    assert [person(PatientSex=word).sex for word in ("F", "M", "O", "")] == ["female", "male", "unknown", "unknown"]


def test_g10_a_site_is_its_code_or_its_body_part():
    assert person(AnatomicRegionSequence=[region("77568009")], BodyPartExamined="HAND").site == "back"
    assert person(AnatomicRegionSequence=[region("1")], BodyPartExamined="HAND").site == "hand"
    assert person(BodyPartExamined="SKIN").site == "unknown"
    assert person(ImageLaterality="L").laterality == "L"


@pytest.mark.parametrize(
    ("elements", "found"),
    [
        ({"PatientAge": "9999"}, "PatientAge is '9999'; expected three digits"),
        ({"PatientSex": "X"}, "PatientSex is another word; expected F, M, O, or none"),
        ({"PatientBirthDate": "CANARY"}, "PatientBirthDate is no date; expected YYYYMMDD, or none"),
        ({"PatientBirthDate": "18000101"}, "PatientBirthDate is not 0 to 120 years before"),
        ({"ImageLaterality": "Q"}, "ImageLaterality is another word"),
    ],
)
def test_g10_what_is_no_age_sex_or_date_is_named_and_a_date_of_birth_is_not_repeated(elements, found):
    with pytest.raises(InvalidInputError, match=rf"^lesion\.dcm: {found}") as caught:
        person(**elements)
    assert "CANARY" not in str(caught.value) and "1800" not in str(caught.value)
    opened = open_dicom(object_bytes(**elements), source="x")
    assert read_person(opened, []).age is None, "what is not wanted is not looked at"
