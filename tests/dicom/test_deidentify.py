# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Taking out what tells who the person is."""

from __future__ import annotations

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset

from monai_skin.dicom import (
    WrapOptions,
    confidentiality_table,
    deidentify_object,
    opaque_name,
    read_dermoscopy_object,
    replaced_uid,
    wrap_photograph,
    write_object,
)
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io.dicom_header import open_dicom
from tests.dicom.objects import INSTANCE, STUDY, dataset, faults, object_bytes, written
from tests.dicom.test_wrap import PHOTOGRAPHS

SALT = b"sixteen bytes or more"
TABLE = confidentiality_table()
SAMPLES = {"DA": "19990101", "TM": "1200", "DT": "19990101", "AS": "030Y", "CS": "CANARY", "UI": "2.25.7", "DS": "3"}


def filled() -> Dataset:
    """An object with every element of the table that the profile does not keep, a private one, and one not listed."""
    found = dataset()
    for keyword, action in TABLE.items():
        kind = dictionary_VR(tag_for_keyword(keyword))
        if action == "K" or keyword in found:
            continue
        item = Dataset()
        item.PatientComments = "CANARY"
        setattr(found, keyword, [item] if kind == "SQ" else SAMPLES.get(kind, "CANARY"))
    found.PatientSex, found.PatientAge = "F", "030Y"
    found.private_block(0x0011, "CANARY", create=True).add_new(1, "LO", "CANARY")
    found.ReasonForStudy = "CANARY"
    return found


def test_j3_every_element_gets_the_action_of_its_row():
    found = deidentify_object(open_dicom(written(filled()), source="x"), SALT)
    for keyword, action in TABLE.items():
        if action == "X":
            assert keyword not in found, keyword
        elif action == "Z":
            assert not found.get(keyword), keyword
        elif action == "U":
            assert found[keyword].value.startswith("2.25.") and found[keyword].value not in (INSTANCE, STUDY, "2.25.7")
    assert "CANARY" not in str(found) and "Canary" not in str(found) and "ReasonForStudy" not in found
    assert not [element for element in found.iterall() if element.tag.is_private]
    assert found.PatientName and found.PatientID and found.PatientIdentityRemoved == "YES"
    assert [item.CodeValue for item in found.DeidentificationMethodCodeSequence] == ["113100"]


def test_j3_age_and_sex_stay_where_that_is_asked_for():
    found = deidentify_object(open_dicom(written(filled()), source="x"), SALT, keep_characteristics=True)
    assert (found.PatientSex, found.PatientAge) == ("F", "030Y")
    assert [item.CodeValue for item in found.DeidentificationMethodCodeSequence] == ["113100", "113108"]
    assert {k for k in TABLE if TABLE[k] != confidentiality_table(True)[k]} == {"PatientSex", "PatientAge"}


def test_j3_the_picture_and_the_place_on_the_body_stay_and_the_object_stays_valid(tmp_path):
    made = wrap_photograph(PHOTOGRAPHS["jpeg"], WrapOptions(age=34, site="back", contact="contact"))
    write_object(tmp_path / "before.dcm", made)
    clean = deidentify_object(open_dicom(tmp_path / "before.dcm"), SALT, keep_characteristics=True)
    write_object(tmp_path / "after.dcm", clean)
    before, after = (read_dermoscopy_object(tmp_path / name) for name in ("before.dcm", "after.dcm"))
    assert (after.pixels == before.pixels).all() and (after.age, after.site) == (34.0, "back")
    assert not faults(tmp_path / "after.dcm")


def test_j2_exif_inside_the_pixels_goes():
    from tests.dicom.objects import jpeg_object

    data = jpeg_object([PHOTOGRAPHS["jpeg"]])
    assert b"CANARY" in pydicom.dcmread(pydicom.filebase.DicomBytesIO(data)).PixelData
    assert b"CANARY" not in deidentify_object(open_dicom(data, source="x"), SALT).PixelData


uids = st.from_regex(r"2\.25\.[1-9][0-9]{0,30}", fullmatch=True)


@settings(deadline=None, max_examples=25)
@given(uids, uids)
def test_j3_an_identifier_is_replaced_by_a_function_of_it_and_the_salt(one, other):
    assert replaced_uid(one, SALT) == replaced_uid(one, bytes(SALT))
    assert (replaced_uid(one, SALT) == replaced_uid(other, SALT)) == (one == other)
    assert replaced_uid(one, SALT) != replaced_uid(one, SALT[::-1])
    assert pydicom.uid.UID(replaced_uid(one, SALT)).is_valid
    assert len(opaque_name(one, SALT)) == 20


def test_people_without_a_number_do_not_become_one_person():
    assert not deidentify_object(open_dicom(object_bytes(PatientID=""), source="x"), SALT).PatientID


def test_burned_in_text_and_a_short_salt_are_refused():
    with pytest.raises(InvalidInputError, match="^x: BurnedInAnnotation is YES; expected a picture without text"):
        deidentify_object(open_dicom(object_bytes(BurnedInAnnotation="YES"), source="x"), SALT)
    with pytest.raises(UsageError, match="^deidentify: salt has 5 bytes; expected 16 or more"):
        deidentify_object(open_dicom(object_bytes(), source="x"), b"short")
