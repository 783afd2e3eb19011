# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Outlines as DICOM Segmentations."""

from __future__ import annotations

import highdicom as hd
import numpy as np
import pytest

from monai_skin.dicom import ModelIdentity, make_segmentation, write_object
from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import open_dicom
from tests.dicom.objects import INSTANCE, SERIES, STUDY, faults, object_bytes, scene

MODEL = ModelIdentity("lesion_segmentation", "0.1.0", 64 * "a")


def mask() -> np.ndarray:
    found = np.zeros((20, 30), bool)
    found[3:9, 5:22] = True
    return found


def test_g11_the_outline_comes_back_from_a_valid_file_of_the_same_study(tmp_path):
    source = open_dicom(object_bytes(BodyPartExamined="BACK"), source="lesion.dcm")
    write_object(tmp_path / "seg.dcm", make_segmentation(source, mask(), MODEL))
    found = hd.seg.segread(tmp_path / "seg.dcm")
    assert np.array_equal(found.pixel_array.reshape(20, 30).astype(bool), mask())
    assert found.StudyInstanceUID == STUDY and found.SeriesInstanceUID != SERIES and found.PatientID == "CANARY-ID"
    assert found.SOPInstanceUID.startswith("2.25.")
    assert [str(uid) for *_, uid in found.get_source_image_uids()] == [INSTANCE]
    segment = found.get_segment_description(1)
    assert segment.segmented_property_type.value == "95324001"
    assert segment.algorithm_identification.name == "lesion_segmentation"
    assert segment.anatomic_regions[0].value == "77568009", "the back"
    assert not faults(tmp_path / "seg.dcm")


@pytest.mark.parametrize(
    ("elements", "outline", "found"),
    [
        ({}, np.zeros((20, 30), bool), "mask is empty"),
        ({}, np.ones((30, 20), bool), r"mask size is \(30, 20\) for a picture of \(20, 30\)"),
        ({"StudyInstanceUID": None}, np.ones((20, 30), bool), "StudyInstanceUID is absent"),
        ({"PatientID": None}, np.ones((20, 30), bool), "header lacks or contradicts what a result has to repeat"),
    ],
)
def test_what_cannot_be_written_is_named(elements, outline, found):
    with pytest.raises(InvalidInputError, match=f"^x: {found}"):
        make_segmentation(open_dicom(object_bytes(**elements), source="x"), outline, MODEL)


def test_a_picture_of_several_frames_has_no_single_outline():
    opened = open_dicom(object_bytes(np.stack([scene(), scene()]), NumberOfFrames=2), source="x")
    with pytest.raises(InvalidInputError, match="NumberOfFrames is 2; expected a picture of one frame"):
        make_segmentation(opened, mask(), MODEL)
