# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Classify cases from a photograph and an ultrasound picture of each."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monai_skin.errors import InvalidInputError
from monai_skin.handlers import WriteDiagnoses
from monai_skin.io import read_table
from monai_skin.pipeline.diagnose import calibration_entry
from monai_skin.pipeline.explain import OVERLAY, Explanations, check_method, read_explanations
from monai_skin.pipeline.run_inference import Job, run_inference

__all__ = ["PairRun", "diagnose_pairs"]


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
    done = run_inference(
        Job(
            items=items,
            out=Path(out),
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
