# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Structured reports."""

from __future__ import annotations

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes

from monai_skin.dicom import ModelIdentity, make_report, make_segmentation, write_object
from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import open_dicom
from monai_skin.labels import VOCABULARIES
from tests.dicom.objects import SERIES, STUDY, faults, object_bytes
from tests.dicom.test_segmentation import mask

MODEL = ModelIdentity("dual_encoder_diagnosis", "0.1.0", 64 * "b", "temperature")
PROBABILITIES = dict(zip(VOCABULARIES["ham10000"], (0.05, 0.05, 0.1, 0.1, 0.4, 0.2, 0.1)))


def report(tmp_path, *, outlined: bool = True, **elements):
    source = open_dicom(object_bytes(**elements), source="lesion.dcm")
    outline = mask() if outlined else None
    segmentation = make_segmentation(source, mask(), MODEL) if outlined else None
    made = make_report(source, PROBABILITIES, MODEL, mask=outline, segmentation=segmentation)
    write_object(tmp_path / "sr.dcm", made)
    return hd.sr.srread(tmp_path / "sr.dcm"), segmentation


def group_of(found):
    content = found.content
    return (content.get_planar_roi_measurement_groups() or content.get_image_measurement_groups())[0]


def values(found) -> dict[str, tuple[float, str]]:
    return {one.name.meaning: (one.value, one.unit.value) for one in group_of(found).get_measurements()}


def test_g11_measures_probabilities_and_the_model_come_back_from_a_valid_file(tmp_path):
    found, segmentation = report(tmp_path, PixelSpacing=[0.1, 0.1], BodyPartExamined="BACK")
    said = values(found)
    # 6 x 17 pixels of 0.1 mm
    assert said["Area"] == (pytest.approx(1.02), "mm2")
    assert said["Long axis"] == (pytest.approx(np.hypot(0.6, 1.7)), "mm")
    assert said["Probability of melanoma"] == (0.4, "1")
    assert len([name for name in said if name.startswith("Probability")]) == 7
    best = group_of(found).get_qualitative_evaluations()[0]
    assert (best.value.value, best.value.scheme_designator) == ("93655004", "SCT"), "melanoma is the most probable"
    assert group_of(found).finding_sites[0].value.value == "77568009", "the back"
    text = " ".join(str(element.value) for element in pydicom.dcmread(tmp_path / "sr.dcm").iterall())
    for word in (
        segmentation.SOPInstanceUID,
        "dual_encoder_diagnosis",
        "0.1.0",
        64 * "b",
        "temperature",
        "Research use only",
    ):
        assert word in text
    assert found.StudyInstanceUID == STUDY and found.SeriesInstanceUID != SERIES
    assert (found.CompletionFlag, found.VerificationFlag) == ("PARTIAL", "UNVERIFIED")
    assert not faults(tmp_path / "sr.dcm")


def test_g11_without_a_spacing_sizes_are_pixels_and_without_an_outline_there_are_none(tmp_path):
    said = values(report(tmp_path)[0])
    assert said["Area"] == (102.0, "{pixels}") and said["Long axis"][1] == "{pixels}"
    found, _ = report(tmp_path, outlined=False)
    assert "Area" not in values(found) and values(found)["Probability of melanoma"][0] == 0.4
    assert found.ConceptNameCodeSequence[0].CodeValue == codes.DCM.ImagingMeasurementReport.value
    assert not faults(tmp_path / "sr.dcm")


@pytest.mark.parametrize("wrong", [{"mel": 1.2}, {"mel": float("nan")}, {"healthy": 0.5}])
def test_a_probability_that_is_none_is_named(wrong):
    with pytest.raises(InvalidInputError, match="^x: probability of .*; expected a known class, 0 to 1"):
        make_report(open_dicom(object_bytes(), source="x"), wrong, MODEL)
