# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Outline lesions on pictures, then classify each from the picture, the outlined lesion and the person's metadata."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.handlers import WriteDiagnoses
from monai_skin.handlers.write_diagnoses import classes_of
from monai_skin.io import read_json
from monai_skin.labels import UNKNOWN
from monai_skin.pipeline.bundle_check import check_bundle
from monai_skin.pipeline.explain import OVERLAY, Explanations, check_method, read_explanations
from monai_skin.pipeline.familiarity import familiarity_entry
from monai_skin.pipeline.metadata import sites_of
from monai_skin.pipeline.run_inference import Job, as_config_text, run_inference
from monai_skin.pipeline.segment import SegmentationRun, segment
from monai_skin.transforms import read_calibration

__all__ = ["SEGMENTATION_FOLDER", "DiagnosisRun", "diagnose"]

SEGMENTATION_FOLDER = "segmentation"
NO_CALIBRATION = "none"


@dataclass(frozen=True)
class DiagnosisRun:
    """What a run wrote.

    Attributes:
        folder: where it wrote.
        rows: of ``predictions.csv``.
        rejected: rows of ``rejected.csv``.
        segmentation: the run before it.
        explanations: what explains the predictions, if that was asked for.
    """

    folder: Path
    rows: tuple[dict[str, str], ...]
    rejected: tuple[dict[str, str], ...]
    segmentation: SegmentationRun
    explanations: Explanations | None = None


def diagnose(
    items: Sequence[Mapping[str, Any]],
    out: str | os.PathLike[str],
    *,
    segmentation_root: str | os.PathLike[str],
    diagnosis_root: str | os.PathLike[str],
    device: str | None = None,
    batch_size: int | None = None,
    calibration: str | os.PathLike[str] | None = None,
    views: int | None = None,
    familiarity: str | os.PathLike[str] | None = None,
    explain: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: bool = True,
    overwrite: bool = False,
) -> DiagnosisRun:
    """Run a segmentation bundle, then a diagnosis bundle on its masks; results under ``out``.

    Both bundles are checked before either runs.

    ``out/segmentation`` holds what :func:`monai_skin.pipeline.segment` writes; ``out`` itself the probabilities and
    the report. A picture whose mask cannot be right is diagnosed as a whole, and its row says so; a picture that
    cannot be read is listed in ``rejected.csv``.

    Args:
        items: as ``monai_skin.data.list_images`` gives them, with ``image``, a unique ``image_id`` and, where known,
            ``age``, ``sex`` and ``site``.
        out: output folder; made if absent.
        segmentation_root: root of the bundle that outlines.
        diagnosis_root: root of the bundle that diagnoses.
        device: as for :func:`monai_skin.pipeline.segment`, like all that follows.
        batch_size: pictures at a time.
        calibration: a file to use in place of the bundle's own, or ``"none"`` to leave probabilities as they are.
        views: 1, 4 or 8 ways to show each picture, see :class:`monai_skin.engines.DihedralInferer`; None leaves it to
            the bundle.
        familiarity: a file of ``familiarity fit`` to use in place of the bundle's own, or ``"none"`` to flag nothing.
        explain: draw a heat map of each picture by this method, a key of
            :data:`monai_skin.interpretability.MAP_METHODS`, in the same run; see :func:`monai_skin.pipeline.explain`.
        overrides: further entries of the diagnosis bundle's config by id; they are evaluated like the bundle itself.
        progress: show a bar on a terminal for each of the two steps.
        overwrite: replace earlier results in ``out``.

    Raises:
        UsageError, UnsafeArtefactError, InvalidInputError, StorageError: as :func:`monai_skin.pipeline.segment`; or
            an item has a site the diagnosis bundle does not know, ``calibration`` is for other classes than it has, or
            its network cannot be explained by that method.
        IntegrityError: ``familiarity``, or the bundle's own file, was fitted for other weights.
    """
    folder = Path(out)
    # now, not after minutes of outlining
    check_bundle(diagnosis_root).raise_if_refused()
    _check_sites(items, sites_of(diagnosis_root))
    entries = {**(overrides or {}), **calibration_entry(calibration, Path(diagnosis_root), overrides or {})}
    entries |= familiarity_entry(familiarity, Path(diagnosis_root), overrides or {})
    if views is not None:
        entries["views"] = views
    if explain is not None:
        check_method(Path(diagnosis_root), explain)
        entries["explain_method"] = explain
    if (folder / "predictions.csv").exists() and not overwrite:
        expected = "a new folder, or overwrite"
        raise UsageError.about(folder.name, "output folder", "holds predictions.csv already", expected=expected)
    outlined = segment(
        items,
        folder / SEGMENTATION_FOLDER,
        bundle_root=segmentation_root,
        device=device,
        batch_size=batch_size,
        progress=progress,
        overwrite=overwrite,
    )
    masks = {row["image_id"]: str(outlined.folder / row["mask"]) for row in outlined.rows}
    job = Job(
        items=[_prepared(item, masks) for item in items],
        out=folder,
        root=Path(diagnosis_root),
        writer=WriteDiagnoses,
        overlays=() if explain is None else (OVERLAY,),
        device=device,
        batch_size=batch_size,
        overrides=entries,
        progress=progress,
        overwrite=overwrite,
    )
    done = run_inference(job)
    explained = None if explain is None else read_explanations(done.folder, done.rejected)
    return DiagnosisRun(done.folder, tuple(done.rows), tuple(done.rejected), outlined, explained)


def calibration_entry(
    calibration: str | os.PathLike[str] | None, root: Path, overrides: Mapping[str, Any]
) -> dict[str, Any]:
    """The config entry that a calibration given by hand replaces, once the file is known to be for these classes."""
    if calibration is None:
        return {}
    config = {**read_json(root / "configs" / "inference.json"), **overrides}
    missing = [name for name in ("calibration", "vocabulary") if name not in config]
    if missing:
        expected = "a bundle whose probabilities are calibrated"
        raise UsageError.about("inference.json", missing[0], "is not an entry of the bundle", expected=expected)
    if str(calibration) == NO_CALIBRATION:
        return {"calibration": None}
    file, classes = Path(calibration), classes_of(config["vocabulary"])
    found = read_calibration(file).classes
    if found != classes:
        expected = f"those of the bundle, {', '.join(classes)}"
        raise InvalidInputError.about(file.name, "classes", f"are {', '.join(found)}", expected=expected)
    return {"calibration": as_config_text(file.absolute())}


def _check_sites(items: Sequence[Mapping[str, Any]], sites: Sequence[str] | None) -> None:
    for item in items:
        site = item.get("site", UNKNOWN)
        if sites is not None and site not in (*sites, UNKNOWN):
            problem = f"is {site!r}, which this model was not shown"
            expected = f"one of {', '.join(sites)}, or {UNKNOWN}"
            raise InvalidInputError.about(str(item["image_id"]), "site", problem, expected=expected)


def _prepared(item: Mapping[str, Any], masks: Mapping[str, str]) -> dict[str, Any]:
    """The item with the mask just drawn and no other, or none where its picture was rejected; with all of its person.

    What is not known has to be there as unknown: a batch holds the same fields of every item.
    """
    known = {key: value for key, value in item.items() if key != "mask"}
    whole = {"age": None, "sex": UNKNOWN, "site": UNKNOWN, **known}
    mask = masks.get(str(item["image_id"]))
    return whole if mask is None else {**whole, "mask": mask}
