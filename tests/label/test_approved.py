# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pydicom
import pytest

from monai_skin.dicom import WrapOptions, wrap_photograph, write_object
from monai_skin.errors import InvalidInputError
from monai_skin.io import image_size, write_mask
from monai_skin.label.approved import write_approved


@pytest.fixture
def photograph(pictures, tmp_path):
    write_object(tmp_path / "photograph.dcm", wrap_photograph(pictures[0], WrapOptions(patient_id="P1")))
    return tmp_path / "photograph.dcm"


def test_g11_an_approved_outline_is_a_segmentation_in_the_study_of_its_picture(photograph, bundle, tmp_path):
    mask = np.zeros(image_size(photograph), np.bool_)
    mask[10:30, 20:50] = True
    write_approved(photograph, mask, bundle, tmp_path / "seg.dcm")
    found, source = pydicom.dcmread(tmp_path / "seg.dcm"), pydicom.dcmread(photograph)
    assert found.StudyInstanceUID == source.StudyInstanceUID and found.SeriesInstanceUID != source.SeriesInstanceUID
    assert found.Modality == "SEG" and found.SegmentSequence[0].SegmentAlgorithmType == "SEMIAUTOMATIC"
    np.testing.assert_array_equal(found.pixel_array.reshape(mask.shape) != 0, mask)


def test_the_worker_writes_it_and_refuses_an_empty_one(photograph, answers, tmp_path):
    question = {"do": "segmentation", "image": str(photograph), "label": str(tmp_path / "m.png")}
    mask = np.zeros(image_size(photograph), np.bool_)
    write_mask(tmp_path / "m.png", mask)
    with pytest.raises(InvalidInputError, match="mask is empty"):
        answers.ask({**question, "out": str(tmp_path / "seg.dcm")})
    mask[5:9, 5:9] = True
    write_mask(tmp_path / "m.png", mask)
    assert answers.ask({**question, "out": str(tmp_path / "seg.dcm")}) == {}
    assert (tmp_path / "seg.dcm").is_file()
