# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of a result."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from monai_skin.dicom import make_overlay, write_object
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image
from monai_skin.io.dicom_header import open_dicom
from tests.dicom.objects import SERIES, STUDY, faults, object_bytes, scene


def test_g11_the_picture_comes_back_from_a_valid_file_marked_as_drawn_upon(tmp_path):
    made = make_overlay(open_dicom(object_bytes(), source="x"), scene(11, 13).transpose(2, 0, 1))
    write_object(tmp_path / "sc.dcm", made)
    found = pydicom.dcmread(tmp_path / "sc.dcm")
    assert np.array_equal(found.pixel_array, scene(11, 13))
    assert (found.BurnedInAnnotation, list(found.ImageType)) == ("YES", ["DERIVED", "SECONDARY"])
    assert found.StudyInstanceUID == STUDY and found.SeriesInstanceUID != SERIES
    assert not faults(tmp_path / "sc.dcm")
    with pytest.raises(InvalidInputError, match=r"^sc\.dcm: Manufacturer is monai_skin, and the picture is derived"):
        read_image(tmp_path / "sc.dcm")  # or a folder's results would be its next input


@pytest.mark.parametrize("picture", [np.zeros((3, 4, 5)), np.zeros((4, 5, 3), np.uint8)])
def test_another_shape_or_type_is_named(picture):
    with pytest.raises(InvalidInputError, match=r"^x: overlay is .*; expected uint8 of shape \(3, H, W\)"):
        make_overlay(open_dicom(object_bytes(), source="x"), picture)
