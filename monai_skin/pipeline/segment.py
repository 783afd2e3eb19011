# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Outline lesions on pictures with a segmentation bundle."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monai_skin.handlers import WriteLesionMasks
from monai_skin.pipeline.run_inference import Job, run_inference

__all__ = ["SegmentationRun", "segment"]


@dataclass(frozen=True)
class SegmentationRun:
    """What a run wrote: the rows of ``predictions.csv`` and of ``rejected.csv``, in input order."""

    folder: Path
    rows: tuple[dict[str, str], ...]
    rejected: tuple[dict[str, str], ...]


def segment(
    items: Sequence[Mapping[str, Any]],
    out: str | os.PathLike[str],
    *,
    bundle_root: str | os.PathLike[str],
    device: str | None = None,
    batch_size: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: bool = True,
    overwrite: bool = False,
) -> SegmentationRun:
    """Run a bundle's ``inference.json`` on ``items`` and write masks, overlays, tables and a report under ``out``.

    The bundle is checked before anything of it runs. A picture that cannot be used is listed in ``rejected.csv`` and
    stops none of the others. When memory runs out the run is repeated once with one picture at a time.

    Args:
        items: as ``monai_skin.data.list_images`` gives them, with ``image`` and a unique ``image_id``.
        out: output folder; made if absent.
        bundle_root: the bundle's root folder.
        device: such as ``"cpu"`` or ``"cuda:0"``; the bundle decides if absent.
        batch_size: pictures at a time; the bundle decides if absent.
        overrides: further entries of the config by id, such as ``{"num_workers": 2}``. They are evaluated
            like the bundle itself, so never pass text from outside.
        progress: show a bar on a terminal.
        overwrite: replace earlier results in ``out``.

    Raises:
        UsageError: ``items`` is empty, ``out`` holds results, or a folder's name cannot be passed to MONAI.
        UnsafeArtefactError: the bundle could run code of its own.
        InvalidInputError: the bundle is broken or its weights are missing.
        StorageError: the disk is full, or memory does not suffice for a single picture.
    """
    job = Job(
        items=items,
        out=Path(out),
        root=Path(bundle_root),
        writer=WriteLesionMasks,
        device=device,
        batch_size=batch_size,
        overrides=overrides,
        progress=progress,
        overwrite=overwrite,
    )
    done = run_inference(job)
    return SegmentationRun(done.folder, tuple(done.rows), tuple(done.rejected))
