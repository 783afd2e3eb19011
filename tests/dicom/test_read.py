# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whole objects, and the hostile ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.dicom import pixel_spacing_of, read_dermoscopy_object, uid_of
from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import open_dicom
from tests.dicom.objects import DERMOSCOPIC, INSTANCE, SERIES, STUDY, object_bytes, scene

SAMPLE = object_bytes(PatientAge="034Y")


def test_every_field_of_an_object_is_there(tmp_path):
    path = tmp_path / "lesion.dcm"
    elements = {"PatientAge": "034Y", "PixelSpacing": [0.05, 0.04], "ImageLaterality": "R", "BodyPartExamined": "BACK"}
    path.write_bytes(object_bytes(SOPClassUID=DERMOSCOPIC, Modality="DMS", **elements))
    found = read_dermoscopy_object(path)
    assert found.pixels.shape == (1, 3, 20, 30) and np.array_equal(found.pixels[0].transpose(1, 2, 0), scene())
    assert found[1:6] == (34.0, "female", "back", "R", (0.05, 0.04))
    assert found[6:11] == (INSTANCE, SERIES, STUDY, DERMOSCOPIC, "1.2.840.10008.1.2.1")
    assert found.photometric == "RGB" and found.notes == ()


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"])
@pytest.mark.parametrize("uid", ["../../x", "1." + 65 * "2", "1.02"])
def test_an_identifier_that_is_none_is_refused_without_being_repeated(keyword, uid):
    data = object_bytes(**{keyword: uid}) if keyword != "SOPInstanceUID" else SAMPLE.replace(b"2.25.300", b"../..//x")
    with pytest.raises(InvalidInputError, match=f"^x: {keyword} is not a unique identifier; expected") as caught:
        read_dermoscopy_object(data, source="x")
    assert uid not in str(caught.value)


def test_an_absent_identifier_is_an_error_only_where_it_is_needed():
    opened = open_dicom(object_bytes(SeriesInstanceUID=None), source="x")
    assert uid_of(opened, "SeriesInstanceUID", absent_is="") == ""
    with pytest.raises(InvalidInputError, match="^x: SeriesInstanceUID is absent"):
        uid_of(opened, "SeriesInstanceUID")


@pytest.mark.parametrize("value", [[0, 0], [-1, 1], [1, 2, 3], 0.5])
def test_a_spacing_that_is_none_is_refused(value):
    with pytest.raises(InvalidInputError, match="^x: PixelSpacing is not two positive numbers"):
        pixel_spacing_of(open_dicom(object_bytes(PixelSpacing=value), source="x"))


def read_or_refuse(data: bytes) -> None:
    try:
        found = read_dermoscopy_object(data, source="x", max_pixels=10_000)
    except InvalidInputError as error:
        assert str(error).startswith("x: ") and "; expected " in str(error) and "Canary" not in str(error)
    else:
        assert found.pixels.dtype == np.uint8 and found.pixels.shape[1] == 3


@settings(deadline=None, max_examples=25)
@given(st.binary(max_size=300))
def test_g1_random_bytes_behind_the_mark_are_refused(data):
    read_or_refuse(bytes(128) + b"DICM" + data)
    read_or_refuse(SAMPLE[:400] + data)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, len(SAMPLE) - 1))
def test_g1_a_truncated_object_is_refused(stop):
    with pytest.raises(InvalidInputError, match="^x: .*; expected "):
        read_dermoscopy_object(SAMPLE[:stop], source="x")


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(132, 900), st.integers(0, 255)), min_size=1, max_size=8))
def test_g1_changed_bytes_end_in_a_picture_or_a_typed_error(changes):
    data = bytearray(SAMPLE)
    for place, value in changes:
        data[place] = value
    read_or_refuse(bytes(data))


@pytest.mark.parametrize("depth", [200, 20_000])
def test_g1_deep_nesting_ends_in_a_picture_or_a_typed_error(depth):
    sequence, item = b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff", b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    item_end, sequence_end = b"\xfe\xff\x0d\xe0\0\0\0\0", b"\xfe\xff\xdd\xe0\0\0\0\0"
    nested = depth * (sequence + item) + depth * (item_end + sequence_end)
    read_or_refuse(SAMPLE + nested)
    read_or_refuse(SAMPLE + nested[: len(nested) // 2])


REFUSED = {
    "ExplVR_LitEndNoMeta.dcm": "file has no DICOM mark",
    "JPEG-lossy.dcm": "BitsStored is 12",
    "bad_age_sex_date.dcm": "PatientAge is '9999'",
    "badVR.dcm": "SOPClassUID is RT Dose Storage",
    "frames_lie_1e6.dcm": "Rows times Columns times frames",
    "jpeg_fragment_truncated.dcm": "PixelData frame 1 is cut off",
    "meta_missing_tsyntax.dcm": "TransferSyntaxUID is absent",
    "no_pixel_data.dcm": "PixelData is absent",
    "photometric_lies_rgb_as_ybr.dcm": "PhotometricInterpretation is YBR_FULL",
    "rows_cols_lie.dcm": "Rows times Columns times frames",
    "truncated_pixels.dcm": "PixelData has 38,997 bytes",
}


def test_g1_hostile_files_are_refused_for_what_is_wrong_with_them(data_root):
    readable = set()
    for file in sorted((data_root / "dicom" / "hostile").iterdir()):
        try:
            read_dermoscopy_object(file)
        except InvalidInputError as error:
            assert REFUSED.get(file.name, "") in str(error)
            assert str(error).startswith(f"{file.name}: ") and "/" not in str(error).removeprefix(file.name)
        else:
            readable.add(file.name)
    assert readable == {"nested_sequences_200.dcm", "path_traversal_identifiers.dcm", "pe_preamble_polyglot.dcm"}
