# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What is shown of an object."""

from __future__ import annotations

import json

from monai_skin.dicom import describe_object
from tests.dicom.objects import INSTANCE, STUDY, object_bytes


def test_what_is_shown_names_nobody_and_is_json():
    found = describe_object(object_bytes(PatientAge="034Y", StudyDate="20200101", BodyPartExamined="BACK"))
    assert (found["kind"], found["rows"], found["columns"], found["frames"]) == ("VL Photographic", 20, 30, 1)
    assert (found["age"], found["sex"], found["site"]) == (34.0, "female", "back")
    # a quarter each of (200, 10, 10), (10, 200, 10), (10, 10, 200) and (220, 170, 150)
    assert found["mean_rgb"] == [110.0, 97.5, 92.5]
    text = json.dumps(found)
    assert not [word for word in ("Canary", "CANARY", "2020", INSTANCE, STUDY) if word in text]
