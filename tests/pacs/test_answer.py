# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.answer`` with small bundles."""

from __future__ import annotations

import pydicom
import pytest

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.pacs import RouteSettings
from monai_skin.pacs.answer import answer_objects, check_routes
from tests.cli.test_dicom import lesion
from tests.dicom.objects import STUDY, object_bytes
from tests.small_bundle import WEIGHTS, make_bundle, make_diagnosis_bundle


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    outlining = make_bundle(folder / "lesion_segmentation")
    return {
        "segmentation_bundle": str(outlining),
        "diagnosis_bundle": str(make_diagnosis_bundle(folder / "dual_encoder_diagnosis")),
    }


@pytest.mark.parametrize("task", ["diagnosis", "segmentation"])
def test_each_object_gets_results_of_its_own_study_or_the_reason_why_not(bundles, tmp_path, task):
    objects = {"GOOD": object_bytes(lesion(), PatientAge="050Y"), "BAD": object_bytes(Rows=0), "JUNK": b"no object"}
    paths = {}
    for name, data in objects.items():
        paths[name] = tmp_path / f"{name}.dcm"
        paths[name].write_bytes(data)
    found = answer_objects(paths, RouteSettings(task=task, **bundles), tmp_path / "out", "cpu")
    results = {kind: pydicom.dcmread(path) for kind, path in found["GOOD"].results.items()}
    assert set(results) >= {"sr", "sc"} and {one.StudyInstanceUID for one in results.values()} == {STUDY}
    assert ("Probability of melanoma" in str(results["sr"])) == (task == "diagnosis")
    assert (found["BAD"].results, found["BAD"].failure.field) == ({}, "Rows")
    assert found["JUNK"].failure is not None and "BAD" in found["BAD"].failure.message


def test_a_route_may_ask_for_a_heat_map_if_its_network_has_one(bundles, tmp_path):
    (tmp_path / "GOOD.dcm").write_bytes(object_bytes(lesion()))
    route = RouteSettings(explain="cross_attention", **bundles)
    check_routes((route,))
    found = answer_objects({"GOOD": tmp_path / "GOOD.dcm"}, route, tmp_path / "out", "cpu")["GOOD"]
    assert {"sr", "sc", "heat"} <= set(found.results)
    assert pydicom.dcmread(found.results["heat"]).SeriesDescription.startswith("Heat map")
    with pytest.raises(UsageError, match="method is 'soft_attention', which needs a soft-attention block"):
        check_routes((RouteSettings(explain="soft_attention", **bundles),))


def test_a_bundle_that_is_missing_or_without_weights_is_named_before_anything_is_answered(bundles, tmp_path):
    check_routes((RouteSettings(**bundles), RouteSettings(task="ignore", segmentation_bundle="nowhere")))
    with pytest.raises(InvalidInputError, match=r"nowhere: bundle has no configs folder"):
        check_routes((RouteSettings(task="segmentation", segmentation_bundle=str(tmp_path / "nowhere")),))
    empty = make_bundle(tmp_path / "lesion_segmentation")
    (empty / WEIGHTS).unlink()
    with pytest.raises(InvalidInputError, match=r"model.safetensors"):
        check_routes((RouteSettings(task="segmentation", segmentation_bundle=str(empty)),))
