# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What every DICOM result repeats of its picture, and how it is written."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monai_skin.dicom import (
    deidentify_object,
    make_overlay,
    make_presentation,
    make_report,
    make_segmentation,
    write_object,
)
from monai_skin.dicom.result import object_content
from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import DicomFile, open_dicom
from tests.dicom.objects import faults, object_bytes
from tests.dicom.test_segmentation import MODEL, mask

# names of PS3.5 annexes H and I, and one each of Latin alphabets and UTF-8
NAMES = {
    "": "Doe^Jane",
    "ISO_IR 100": "Äneas^Rüdiger",
    "ISO_IR 144": "Люкceмбypг",
    "ISO_IR 192": "Wang^XiaoDong=王^小東",
    "\\ISO 2022 IR 87": "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "\\ISO 2022 IR 149": "Hong^Gildong=洪^吉洞=홍^길동",
    "GB18030": "Wang^XiaoDong=王^小东",
}
KINDS = ("seg", "pr", "sr", "sc")


def result(kind: str, source: DicomFile) -> pydicom.Dataset:
    if kind == "seg":
        return make_segmentation(source, mask(), MODEL)
    if kind == "pr":
        return make_presentation(source, mask(), MODEL)
    if kind == "sr":
        return make_report(source, {"mel": 0.5}, MODEL, mask=mask())
    return make_overlay(source, np.zeros((3, 4, 5), np.uint8))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("charset", NAMES)
def test_g9_names_of_any_character_set_are_repeated_unchanged(kind, charset, tmp_path):
    data = object_bytes(SpecificCharacterSet=charset.split("\\"), PatientName=NAMES[charset])
    write_object(tmp_path / "result.dcm", result(kind, open_dicom(data, source="x")))
    assert str(pydicom.dcmread(tmp_path / "result.dcm").PatientName) == NAMES[charset]
    assert not faults(tmp_path / "result.dcm")


@pytest.mark.parametrize("charset", ["ISO_IR 100", "ISO_IR 192"])
def test_g9_another_program_reads_the_name(charset, tmp_path):
    if shutil.which("dcmdump") is None:
        pytest.skip("needs dcmdump, of the package dcmtk")
    data = object_bytes(SpecificCharacterSet=charset, PatientName=NAMES[charset])
    write_object(tmp_path / "result.dcm", result("seg", open_dicom(data, source="x")))
    command = ["dcmdump", "+U8", "+P", "PatientName", str(tmp_path / "result.dcm")]
    shown = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert f"[{NAMES[charset]}]" in shown


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("ISO_IR 192", "SpecificCharacterSet is not that of the patient's name or number"),
        ("ISO_IR 999", "(SpecificCharacterSet|header) "),
    ],
)
def test_g9_a_wrong_character_set_is_named_and_no_name_is_repeated_wrongly(kind, stated, found):
    data = object_bytes(SpecificCharacterSet="ISO_IR 100", PatientName="Äneas^Rüdiger")
    wrong = data.replace(b"ISO_IR 100", stated.encode())
    with pytest.raises(InvalidInputError, match=f"^x: {found}") as caught:
        object_content(result(kind, open_dicom(wrong, source="x")), "x")
    assert "diger" not in str(caught.value)


hostile_text = st.text(
    st.one_of(st.sampled_from("/\\.:*?\"'<>|\0\n\r\t\x1b%$`~ ../"), st.characters(codec="utf-8")), max_size=40
)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=hostile_text, name=hostile_text)
def test_g9_text_of_a_header_is_in_no_path(number, name, tmp_path_factory):
    folder = tmp_path_factory.mktemp("only")
    data = object_bytes(SpecificCharacterSet="ISO_IR 192", PatientID=number, PatientName=name, AccessionNumber=number)
    try:
        source = open_dicom(data, source="x")
        write_object(folder / "seg.dcm", make_segmentation(source, mask(), MODEL))
        write_object(folder / "copy.dcm", deidentify_object(source, b"sixteen bytes or more"))
    except InvalidInputError as error:
        assert str(error).startswith(("x: ", "seg.dcm: ", "copy.dcm: "))
    assert {path.name for path in folder.rglob("*")} <= {"seg.dcm", "copy.dcm"}


def test_what_cannot_be_written_is_named_and_leaves_no_file(tmp_path):
    damaged = make_overlay(open_dicom(object_bytes(), source="x"), np.zeros((3, 4, 5), np.uint8))
    with pytest.warns(UserWarning, match="cannot be assigned"):
        damaged.add_new(0x00100020, "UL", "no number")
    with pytest.raises(InvalidInputError, match=r"^r\.dcm: header is damaged") as caught:
        write_object(tmp_path / "r.dcm", damaged)
    assert "no number" not in str(caught.value) and not list(tmp_path.iterdir())
