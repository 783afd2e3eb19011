# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a run found, written back as DICOM objects of the pictures' own studies."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from monai.bundle import ConfigParser

from monai_skin.dicom import (
    HEAT_SERIES,
    ModelIdentity,
    can_be_presented,
    make_overlay,
    make_presentation,
    make_report,
    make_segmentation,
    write_object,
)
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image, read_json, read_mask, sha256_of
from monai_skin.io.dicom_header import DicomFile, open_dicom
from monai_skin.io.dicom_pixels import decode_dicom
from monai_skin.io.images import write_image
from monai_skin.labels import DIAGNOSES
from monai_skin.pipeline.diagnose import NO_CALIBRATION, DiagnosisRun
from monai_skin.pipeline.metadata import DICOM_SUFFIXES
from monai_skin.pipeline.segment import SegmentationRun
from monai_skin.transforms import read_calibration

__all__ = ["DICOM_FOLDER", "DicomResults", "extract_frames", "identify_model", "write_dicom_results"]

DICOM_FOLDER, FRAMES_FOLDER = "dicom", "frames"


class DicomResults(NamedTuple):
    """The files written, and for each item without results its id and the reason."""

    files: tuple[Path, ...]
    skipped: tuple[tuple[str, str], ...]


def identify_model(
    bundle_root: str | os.PathLike[str], *, calibration: str | os.PathLike[str] | None = None
) -> ModelIdentity:
    """Name, version, digest of the weights and calibration of a bundle.

    Args:
        bundle_root: the bundle's root folder; one that was checked, for two of its entries are evaluated.
        calibration: as for :func:`monai_skin.pipeline.diagnose`.
    """
    root = Path(bundle_root).absolute()
    parser = ConfigParser()
    parser.read_config(str(root / "configs" / "inference.json"))
    parser["bundle_root"] = str(root)
    weights = sha256_of(parser.get_parsed_content("weights"))
    stated = parser.get_parsed_content("calibration") if "calibration" in parser else None
    file = stated if calibration is None else None if str(calibration) == NO_CALIBRATION else calibration
    words = "" if file is None else f"{read_json(file)['kind']}, fitted on {read_calibration(file).fitted_on}"
    version = str(read_json(root / "configs" / "metadata.json")["version"])
    return ModelIdentity(root.name, version, weights, words)


def write_dicom_results(
    run: DiagnosisRun | SegmentationRun,
    items: Sequence[Mapping[str, Any]],
    *,
    outlined_by: ModelIdentity,
    diagnosed_by: ModelIdentity | None = None,
) -> DicomResults:
    """Write a Segmentation, a Presentation State, a Structured Report and a Secondary Capture for each DICOM picture.

    They are called ``dicom/<image_id>_seg.dcm``, ``_pr.dcm``, ``_sr.dcm`` and ``_sc.dcm`` below the run's folder. An
    outline that cannot be right is neither written as a segmentation or a presentation state nor measured. A run that
    explained its answers also gives ``_heat.dcm``, a Secondary Capture with the heat map.

    Args:
        run: what :func:`monai_skin.pipeline.diagnose` or ``segment`` returned.
        items: those it ran on.
        outlined_by: the segmentation bundle.
        diagnosed_by: the diagnosis bundle, if there was one.

    Raises:
        UsageError: highdicom is not installed.
        StorageError: the disk is full, read-only or refuses us.
    """
    outlined = run.segmentation if isinstance(run, DiagnosisRun) else run
    files = {str(item["image_id"]): str(item.get("file", item["image"])) for item in items}
    # a table has an apostrophe in front of an id that a spreadsheet would run
    answers = {row["image_id"].removeprefix("'"): row for row in run.rows}
    explained = run.explanations.rows if isinstance(run, DiagnosisRun) and run.explanations is not None else ()
    heat = {row["image_id"].removeprefix("'"): run.folder / row["overlay"] for row in explained}
    for stale in (run.folder / DICOM_FOLDER).glob("*.dcm"):  # of an earlier run, as the tables were
        stale.unlink()
    written: list[Path] = []
    skipped: list[tuple[str, str]] = []
    for row in outlined.rows:
        image_id = row["image_id"].removeprefix("'")
        if Path(files[image_id]).suffix.lower() not in DICOM_SUFFIXES:
            continue
        try:
            source = open_dicom(files[image_id])
            model = outlined_by if diagnosed_by is None else diagnosed_by
            probabilities = _probabilities(answers.get(image_id, {}))
            objects = _objects(source, outlined.folder, row, probabilities, outlined_by, model)
            if image_id in heat:
                drawn = np.ascontiguousarray(read_image(heat[image_id]).pixels)
                objects["heat"] = make_overlay(source, drawn, shows="Heat map", series_number=HEAT_SERIES)
        except InvalidInputError as error:  # one header that no result can be built upon stops none of the others
            skipped.append((image_id, str(error)))
            continue
        for kind, found in objects.items():
            written.append(run.folder / DICOM_FOLDER / f"{image_id}_{kind}.dcm")
            write_object(written[-1], found)
    return DicomResults(tuple(written), tuple(skipped))


def _probabilities(row: Mapping[str, str]) -> dict[str, float]:
    return {name: float(value) for name, value in row.items() if name in DIAGNOSES and value}


def _objects(
    source: DicomFile,
    folder: Path,
    row: Mapping[str, str],
    probabilities: Mapping[str, float],
    outlined_by: ModelIdentity,
    model: ModelIdentity,
) -> dict[str, Any]:
    objects: dict[str, Any] = {}
    mask = np.asarray(read_mask(folder / row["mask"])) if row["mask_ok"] == "true" else None
    if mask is not None:
        objects["seg"] = make_segmentation(source, mask, outlined_by)
        if can_be_presented(source):
            objects["pr"] = make_presentation(source, mask, outlined_by)
    objects["sr"] = make_report(source, probabilities, model, mask=mask, segmentation=objects.get("seg"))
    objects["sc"] = make_overlay(source, np.ascontiguousarray(read_image(folder / row["overlay"]).pixels))
    return objects


def extract_frames(
    items: Sequence[Mapping[str, Any]], folder: str | os.PathLike[str], frame: int | None
) -> list[dict[str, Any]]:
    """Items with each DICOM object of several frames replaced by pictures of one frame, or of all where it is None.

    Frames are written as ``frames/<image_id>_frame<number>.png`` below ``folder``; other items are left as they are,
    and so are objects that cannot be read, which the run rejects.
    """
    found: list[dict[str, Any]] = []
    for item in items:
        file = Path(str(item.get("file", item["image"])))
        try:
            opened = open_dicom(file) if file.suffix.lower() in DICOM_SUFFIXES else None
            several = opened is not None and opened.shape.frames > 1
            pixels = decode_dicom(opened, frame=frame)[0] if opened is not None and several else ()
        except InvalidInputError:
            found.append(dict(item))
            continue
        if not several:
            found.append(dict(item))
        for number, picture in enumerate(pixels, frame or 1):
            image_id = f"{item['image_id']}_frame{number}"
            path = Path(folder) / FRAMES_FOLDER / f"{image_id}.png"
            write_image(path, picture)
            found.append({**item, "image": str(path), "file": str(path), "image_id": image_id})
    return found
