# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Outlines of a run as NIfTI."""

from __future__ import annotations

import nibabel as nib
import numpy as np

from monai_skin.io import write_mask
from monai_skin.pipeline import SegmentationRun, write_nifti_results
from tests.dicom.objects import object_bytes


def test_each_outline_has_the_spacing_of_its_header_and_a_bad_header_stops_no_other(tmp_path):
    headers = {"calibrated": [0.5, 0.25], "not": None, "bad": [0, 0]}
    for name, spacing in headers.items():
        (tmp_path / f"{name}.dcm").write_bytes(object_bytes(PixelSpacing=spacing))
    items = [{"image_id": name, "image": str(tmp_path / f"{name}.dcm")} for name in headers]
    items.append({"image_id": "=photo", "image": str(tmp_path / "photo.png")})
    mask = ~np.eye(20, 30, dtype=bool)  # what a reader of annotations would call inverted
    write_mask(tmp_path / "m.png", mask)
    names = ["calibrated", "not", "bad", "'=photo"]
    (tmp_path / "nifti").mkdir()
    (tmp_path / "nifti" / "stale.nii.gz").touch()
    done = write_nifti_results(
        SegmentationRun(tmp_path, tuple({"image_id": name, "mask": "m.png"} for name in names), ()), items
    )
    assert [path.name for path in done.files] == ["calibrated.nii.gz", "not.nii.gz", "=photo.nii.gz"]
    assert sorted(path.name for path in (tmp_path / "nifti").iterdir()) == sorted(path.name for path in done.files)
    assert done.skipped == (
        ("bad", "bad.dcm: PixelSpacing is not two positive numbers; expected millimetre a row and a column"),
    )
    found = [nib.load(path) for path in done.files]
    assert all(np.array_equal(np.asarray(image.dataobj).T, mask) for image in found)
    assert [tuple(map(float, image.header.get_zooms())) for image in found] == [(0.25, 0.5), (1, 1), (1, 1)]
