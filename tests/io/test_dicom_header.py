# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a DICOM header may not say."""

from __future__ import annotations

import ast
import tracemalloc

import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from monai_skin.errors import InvalidInputError
from monai_skin.io import image_size, read_image
from monai_skin.io.dicom_header import open_dicom
from tests.conftest import ROOT
from tests.dicom.objects import dataset, object_bytes, scene, written


@pytest.mark.parametrize(
    ("row", "elements", "found"),
    [
        ("g2", {"PhotometricInterpretation": None}, "PhotometricInterpretation is absent"),
        ("g2", {"SamplesPerPixel": 1}, "PhotometricInterpretation is RGB with 1 sample per pixel"),
        ("g2", {"PhotometricInterpretation": "MONOCHROME2"}, "PhotometricInterpretation is MONOCHROME2 with 3 samples"),
        ("g2", {"PhotometricInterpretation": "CMYK"}, "PhotometricInterpretation is not one this reader knows"),
        ("g4", {"Rows": 65535, "Columns": 65535}, "Rows times Columns times frames is 65,535 x 65,535 x 1 pixels"),
        ("g4", {"NumberOfFrames": 1_000_000}, "Rows times Columns times frames is 20 x 30 x 1,000,000 pixels"),
        ("g4", {"Rows": 0}, "Rows is not positive"),
        ("g4", {"Rows": None}, "Rows is absent"),
        ("g4", {"Rows": [20, 20]}, "Rows is not one whole number"),
        ("g7", {"BitsAllocated": 32}, "BitsAllocated is 32"),
        ("g7", {"BitsStored": 12}, "BitsStored is 12 of 8 allocated"),
        ("g7", {"HighBit": 5}, "HighBit is not BitsStored - 1"),
        ("g7", {"PixelRepresentation": 1}, "PixelRepresentation is signed"),
        ("g7", {"PlanarConfiguration": 2}, "PlanarConfiguration is neither 0 nor 1"),
        ("", {"SOPClassUID": pydicom.uid.CTImageStorage}, "SOPClassUID is CT Image Storage"),
        ("", {"SOPClassUID": None}, "SOPClassUID is absent"),
        ("", {"Manufacturer": "monai_skin", "ImageType": ["DERIVED", "SECONDARY"]}, "Manufacturer is monai_skin"),
    ],
)
def test_g2_g4_g7_a_lying_header_is_refused_by_the_name_of_its_element(row, elements, found):
    with pytest.raises(InvalidInputError, match=rf"^lesion\.dcm: {found}.*; expected ") as caught:
        open_dicom(object_bytes(**elements), source="lesion.dcm")
    assert "Canary" not in str(caught.value) and "CANARY" not in str(caught.value)


def test_g4_a_huge_claim_takes_no_memory():
    data = object_bytes(Rows=65535, Columns=65535)
    open_dicom(object_bytes())  # what is imported on the way is not counted
    tracemalloc.start()
    with pytest.raises(InvalidInputError):
        read_image(data)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_g4_a_deflated_bomb_is_refused_before_it_is_inflated_whole():
    bomb = dataset(bytes(120_000_000), DeflatedExplicitVRLittleEndian, Rows=10_000, Columns=4_000)
    data = written(bomb)
    assert len(data) < 200_000
    with pytest.raises(InvalidInputError, match=r"^bomb: file inflates to more than [\d,]+ bytes"):
        open_dicom(data, source="bomb", max_pixels=1000)


def test_g13_a_dicomdir_is_refused():
    listing = dataset()
    listing.SOPClassUID = pydicom.uid.MediaStorageDirectoryStorage
    with pytest.raises(InvalidInputError, match=r"^DICOMDIR: file is a DICOMDIR; expected one of the objects it lists"):
        open_dicom(written(listing), source="DICOMDIR")


def test_g14_what_does_not_say_that_it_is_dicom_is_not_read_as_dicom():
    data = object_bytes()
    with pytest.raises(InvalidInputError, match=r"^x: file has no DICOM mark at byte 128"):
        open_dicom(data[132:], source="x")
    for path in (ROOT / "monai_skin").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("dcmread"):
                assert "force" not in {word.arg for word in node.keywords}, path.name


def test_a_transfer_syntax_that_is_none_is_named():
    found = dataset()
    found.file_meta.TransferSyntaxUID = pydicom.uid.UID("1.2.3.4")
    stream = pydicom.filebase.DicomBytesIO()
    pydicom.dcmwrite(stream, found, implicit_vr=False, little_endian=True, force_encoding=True)
    data = (
        bytes(128) + b"DICM" + b"\x02\0\0\0UL\x04\0\x12\0\0\0\x02\0\x10\0UI\x08\x001.2.3.4\0" + stream.getvalue()[200:]
    )
    with pytest.raises(InvalidInputError, match="TransferSyntaxUID is not one of the standard's"):
        open_dicom(data, source="x")


def test_the_size_is_known_without_decoding():
    assert image_size(object_bytes(scene(7, 9), PixelData=b"")) == (7, 9)
