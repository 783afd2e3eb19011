# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Classify cases from a photograph and an ultrasound picture of each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.handlers import WriteDiagnoses
from monai_skin.handlers.run_output import check_image_id
from monai_skin.io import count_frames, read_json, read_table, read_ultrasound, write_image
from monai_skin.pipeline.diagnose import calibration_entry
from monai_skin.pipeline.explain import OVERLAY, Explanations, check_method, read_explanations
from monai_skin.pipeline.run_inference import Job, run_inference

__all__ = ["PairRun", "diagnose_pairs", "takes_pairs"]

FRAMES_FOLDER = "frames"


@dataclass(frozen=True)
class PairRun:
    """What a run wrote.

    Attributes:
        folder: where it wrote.
        cases: rows of ``cases.csv``, the mean over the pairs of each case.
        rows: of ``predictions.csv``, a row a pair.
        rejected: rows of ``rejected.csv``, pairs by case.
        explanations: maps of both pictures of each pair, if that was asked for.
    """

    folder: Path
    cases: tuple[dict[str, str], ...]
    rows: tuple[dict[str, str], ...]
    rejected: tuple[dict[str, str], ...]
    explanations: Explanations | None = None


def diagnose_pairs(
    items: Sequence[Mapping[str, Any]],
    out: str | os.PathLike[str],
    *,
    bundle_root: str | os.PathLike[str],
    device: str | None = None,
    batch_size: int | None = None,
    calibration: str | os.PathLike[str] | None = None,
    explain: str | None = None,
    scan_frame: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: bool = True,
    overwrite: bool = False,
) -> PairRun:
    """Run a bundle of pairs; tables, the report with both pictures side by side, and what was rejected under ``out``.

    A pair whose half is missing or cannot be read is rejected by the name of its case, and stops none of the others.

    Args:
        items: as ``monai_skin.data.list_pairs`` gives them.
        out: output folder; made if absent.
        bundle_root: root of the bundle, such as ``clinical_ultrasound_diagnosis``.
        device: as for :func:`monai_skin.pipeline.segment`, like all that follows.
        batch_size: pairs at a time.
        calibration: a file to use in place of the bundle's own, or ``"none"`` to leave probabilities as they are.
        explain: draw a map of both pictures of each pair by this method, a key of
            :data:`monai_skin.interpretability.MAP_METHODS`.
        scan_frame: of ultrasound objects of several frames, the first being 1; 0 takes every frame as a scan of its
            own, so that a case has the mean over frames. Without it such an object is rejected.
        overrides: further entries of the config by id; they are evaluated like the bundle itself.
        progress: show a bar on a terminal.
        overwrite: replace earlier results in ``out``.

    Raises:
        UsageError, UnsafeArtefactError, InvalidInputError, StorageError: as :func:`monai_skin.pipeline.diagnose`; or
            the bundle gives no answer by case.
    """
    root = Path(bundle_root)
    entries = {**(overrides or {}), **calibration_entry(calibration, root, overrides or {})}
    if explain is not None:
        check_method(root, explain)
        entries["explain_method"] = explain
    folder = Path(out)
    if (folder / "predictions.csv").exists() and not overwrite:
        expected = "a new folder, or overwrite"
        raise UsageError.about(folder.name, "output folder", "holds predictions.csv already", expected=expected)
    if scan_frame is not None:
        items = [each for item in items for each in _with_frames(item, folder / FRAMES_FOLDER, scan_frame)]
    done = run_inference(
        Job(
            items=items,
            out=folder,
            root=root,
            writer=WriteDiagnoses,
            overlays=() if explain is None else (OVERLAY,),
            device=device,
            batch_size=batch_size,
            overrides=entries,
            progress=progress,
            overwrite=overwrite,
            unit="pair",
        )
    )
    table = done.folder / "cases.csv"
    if not table.is_file():
        expected = "a bundle with WriteCaseDiagnoses"
        raise InvalidInputError.about(root.name, "cases.csv", "was not written", expected=expected)
    explained = None if explain is None else read_explanations(done.folder, done.rejected)
    return PairRun(done.folder, tuple(read_table(table)), tuple(done.rows), tuple(done.rejected), explained)


def takes_pairs(bundle_root: str | os.PathLike[str]) -> bool:
    """Whether a bundle's ``inference.json`` lists pairs of photograph and ultrasound, and not pictures."""
    config = read_json(Path(bundle_root) / "configs" / "inference.json")
    parts = [config]
    for name in ("dataset", "data"):
        found = parts[-1].get(name) if isinstance(parts[-1], Mapping) else None
        parts.append({} if found is None else found)
    return isinstance(parts[-1], Mapping) and parts[-1].get("_target_") == "monai_skin.data.list_pairs"


def _with_frames(item: Mapping[str, Any], folder: Path, frame: int) -> Iterator[dict[str, Any]]:
    """The item, or where its scan has several frames one item a frame, with the scan as a picture in ``folder``.

    What cannot be read stays as it is: the run rejects it and says why.
    """
    scan = str(item.get("paired_image", ""))
    try:
        image_id = check_image_id(str(item["image_id"]))
        frames = count_frames(scan) if scan else 1
        numbers = [] if frames == 1 else range(1, frames + 1) if frame == 0 else [frame]
        pictures = [(number, read_ultrasound(scan, frame=number).pixels) for number in numbers]
    except InvalidInputError:
        pictures = []
    if not pictures:
        yield dict(item)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for number, pixels in pictures:
        name = f"{image_id}_frame{number}"
        write_image(folder / f"{name}.png", pixels)
        yield {**item, "image_id": name, "paired_image": str(folder / f"{name}.png")}
