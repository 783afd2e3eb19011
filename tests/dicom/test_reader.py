# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The reader for MONAI."""

from __future__ import annotations

import math

import numpy as np
import pytest
from monai.transforms import LoadImage

from monai_skin.dicom import DermoscopyDicomReader
from monai_skin.errors import InvalidInputError
from tests.dicom.objects import object_bytes, scene


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "lesion.dcm"
    path.write_bytes(object_bytes(PixelSpacing=[0.5, 0.25], BodyPartExamined="BACK"))
    return path


def test_monai_gets_columns_rows_channels_and_only_what_a_model_may_use(file):
    image = LoadImage(reader="monai_skin.dicom.DermoscopyDicomReader", ensure_channel_first=True)(file)
    assert np.array_equal(image.numpy(), scene().transpose(2, 1, 0))
    assert image.affine.diagonal().tolist() == [0.25, 0.5, 1, 1]
    assert (image.meta["sex"], image.meta["site"]) == ("female", "back") and math.isnan(image.meta["age"])
    assert "Canary" not in str(image.meta) and "CANARY" not in str(image.meta)


def test_it_takes_dicom_files_one_at_a_time(file):
    reader = DermoscopyDicomReader()
    assert reader.verify_suffix(file) and not reader.verify_suffix("a.png")
    with pytest.raises(InvalidInputError, match="reader: files are 2; expected one object an item"):
        reader.read([file, file])


def test_g5_of_several_frames_one_has_to_be_named(tmp_path):
    path = tmp_path / "three.dcm"
    path.write_bytes(object_bytes(np.stack([scene(), scene()[::-1], scene()]), NumberOfFrames=3))
    with pytest.raises(InvalidInputError, match=r"^three\.dcm: NumberOfFrames is 3; expected 1, or .*frame"):
        DermoscopyDicomReader().read(path)
    array, _ = (reader := DermoscopyDicomReader(frame=2)).get_data(reader.read(path))
    assert np.array_equal(array.transpose(1, 0, 2), scene()[::-1])
