# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Answering objects with the pipeline: Segmentation, Structured Report, Secondary Capture and presentation of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from monai_skin.io.dicom_routing import DicomRouting
from monai_skin.pacs.rows import Failure
from monai_skin.pacs.settings import RouteSettings

__all__ = ["Answer", "Answering", "answer_objects", "check_routes", "route_of"]

SEGMENTATION, DIAGNOSIS = "lesion_segmentation", "dual_encoder_diagnosis"
KINDS = ("seg", "sr", "sc", "pr", "heat")


class Answer(NamedTuple):
    """The result files of an object by kind, or why there are none."""

    results: Mapping[str, Path]
    failure: Failure | None = None


Answering = Callable[[Mapping[str, Path], RouteSettings, Path, str], dict[str, Answer]]
"""Objects by id, how to answer them, an empty folder to write to, and the device; an answer for each id."""


def route_of(object_: DicomRouting, calling: str, routes: tuple[RouteSettings, ...]) -> RouteSettings | None:
    """The first route that fits, or None."""

    def fits(allowed: tuple[str, ...], value: str) -> bool:
        return not allowed or value in allowed

    for route in routes:
        by_kind = fits(route.sop_classes, object_.sop_class_uid) and fits(route.modalities, object_.modality)
        if by_kind and fits(route.calling_ae_titles, calling):
            return route
    return None


def check_routes(routes: tuple[RouteSettings, ...]) -> None:
    """Refuse to answer anything while a bundle is missing, unsafe or without weights: better wait than set aside.

    Raises:
        InvalidInputError, UnsafeArtefactError: naming the bundle and what is wrong with it.
        UsageError: its network has no such heat map.
    """
    from monai_skin.pipeline import check_bundle, find_bundle, identify_model
    from monai_skin.pipeline.explain import check_method

    for route in routes:
        named = {SEGMENTATION: route.segmentation_bundle}
        if route.task == "diagnosis":
            named[DIAGNOSIS] = route.diagnosis_bundle
        for name, folder in named.items() if route.task != "ignore" else ():
            root = find_bundle(name, folder or None)
            check_bundle(root).raise_if_refused()
            identify_model(root)  # reads the weights and the calibration
            if name == DIAGNOSIS and route.explain:
                check_method(root, route.explain)


def answer_objects(
    objects: Mapping[str, Path], route: RouteSettings, folder: Path, device: str = ""
) -> dict[str, Answer]:
    """Run the models once on all the objects and write what they found.

    Args:
        objects: file of each object by its id, which names the results.
        route: how to answer them.
        folder: empty; everything that the run writes goes there.
        device: such as ``cpu``; empty takes a GPU if there is one.

    Returns:
        For each id its result files, or why it has none.

    Raises:
        SkinError: the run as a whole failed.
    """
    from monai_skin.pipeline import (
        add_metadata,
        diagnose,
        find_bundle,
        identify_model,
        segment,
        sites_of,
        write_dicom_results,
    )

    items: list[dict[str, Any]] = [{"image_id": name, "image": str(path)} for name, path in objects.items()]
    outlining = find_bundle(SEGMENTATION, route.segmentation_bundle or None)
    words: dict[str, Any] = {"device": device or None, "progress": False, "overwrite": True}
    if route.task == "segmentation":
        done: Any = segment(items, folder, bundle_root=outlining, **words)
        model = None
    else:
        diagnosing = find_bundle(DIAGNOSIS, route.diagnosis_bundle or None)
        calibration = route.calibration or None
        items = add_metadata(items, sites=sites_of(diagnosing))
        done = diagnose(
            items,
            folder,
            segmentation_root=outlining,
            diagnosis_root=diagnosing,
            calibration=calibration,
            explain=route.explain or None,
            **words,
        )
        model = identify_model(diagnosing, calibration=calibration)
    written = write_dicom_results(done, items, outlined_by=identify_model(outlining), diagnosed_by=model)
    reasons = {**{row["image_id"]: row["reason"] for row in done.rejected}, **dict(written.skipped)}
    return {name: _answer(name, written.files, reasons) for name in objects}


def _answer(name: str, files: tuple[Path, ...], reasons: Mapping[str, str]) -> Answer:
    found = {kind: path for kind in KINDS for path in files if path.name == f"{name}_{kind}.dcm"}
    if found:
        return Answer(found)
    reason = reasons.get(name, "no result was written")
    field = reason.removeprefix(f"{name}.dcm: ").split(" ")[0] if name in reason else ""
    return Answer({}, Failure("process", "InvalidInputError", field, reason))
