# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Results of a run as DICOM."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from monai_skin.io import sha256_of, write_image, write_mask
from monai_skin.pipeline import SegmentationRun, extract_frames, identify_model, write_dicom_results
from tests.dicom.objects import object_bytes, scene
from tests.small_bundle import WEIGHTS, make_diagnosis_bundle


def test_a_model_is_known_by_version_weights_and_calibration(tmp_path):
    root = make_diagnosis_bundle(tmp_path / "dual_encoder_diagnosis")
    found = identify_model(root)
    assert (found.name, found.weights) == ("dual_encoder_diagnosis", sha256_of(root / WEIGHTS))
    assert found.calibration == "temperature, fitted on phantoms"
    assert identify_model(root, calibration="none").calibration == ""


@pytest.fixture
def outlined(tmp_path):
    """A run on a good object, one with an implausible outline, one without a patient, and a photograph."""
    items, rows = [], []
    for name, good, elements in (("good", True, {}), ("doubtful", False, {}), ("nobody", True, {"PatientID": None})):
        path = tmp_path / f"{name}.dcm"
        path.write_bytes(object_bytes(**elements))
        items.append({"image_id": name, "image": str(path)})
        rows.append({"image_id": name, "mask": "m.png", "overlay": "o.png", "mask_ok": str(good).lower()})
    items.append({"image_id": "photograph", "image": str(tmp_path / "photograph.png")})
    rows.append({"image_id": "photograph", "mask": "m.png", "overlay": "o.png", "mask_ok": "true"})
    write_mask(tmp_path / "m.png", np.eye(20, 30, dtype=bool))
    write_image(tmp_path / "o.png", np.ascontiguousarray(scene().transpose(2, 0, 1)))
    return SegmentationRun(tmp_path, tuple(rows), ()), items


def test_an_outline_in_doubt_is_neither_stored_nor_measured_and_a_bad_header_stops_no_other(outlined, tmp_path):
    (tmp_path / "dicom").mkdir()
    (tmp_path / "dicom" / "stale_sr.dcm").touch()
    model = identify_model(make_diagnosis_bundle(tmp_path / "bundle"))
    done = write_dicom_results(*outlined, outlined_by=model)
    names = sorted(path.name for path in (tmp_path / "dicom").iterdir())
    assert names == ["doubtful_sc.dcm", "doubtful_sr.dcm", "good_pr.dcm", "good_sc.dcm", "good_seg.dcm", "good_sr.dcm"]
    assert sorted(path.name for path in done.files) == names
    assert [image_id for image_id, _ in done.skipped] == ["nobody"]
    assert "Area" in str(pydicom.dcmread(tmp_path / "dicom" / "good_sr.dcm"))
    assert "Area" not in str(pydicom.dcmread(tmp_path / "dicom" / "doubtful_sr.dcm"))


def test_g5_frames_become_pictures_of_their_own(tmp_path):
    frames = np.stack([scene(), scene()[::-1]])
    (tmp_path / "two.dcm").write_bytes(object_bytes(frames, NumberOfFrames=2))
    (tmp_path / "one.dcm").write_bytes(object_bytes())
    (tmp_path / "bad.dcm").write_bytes(b"no")
    items = [{"image_id": name, "image": str(tmp_path / f"{name}.dcm")} for name in ("two", "one", "bad")]
    found = extract_frames(items, tmp_path / "out", None)
    assert [item["image_id"] for item in found] == ["two_frame1", "two_frame2", "one", "bad"]
    assert found[2:] == items[1:]
    assert [item["image_id"] for item in extract_frames(items, tmp_path / "out", 2)][0] == "two_frame2"
