# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The outlines of a run as NIfTI files beside its masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from monai_skin.dicom import pixel_spacing_of
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image
from monai_skin.io.dicom_header import open_dicom
from monai_skin.io.nifti import write_nifti_mask
from monai_skin.pipeline.diagnose import DiagnosisRun
from monai_skin.pipeline.metadata import DICOM_SUFFIXES
from monai_skin.pipeline.segment import SegmentationRun

__all__ = ["NIFTI_FOLDER", "NiftiResults", "write_nifti_results"]

NIFTI_FOLDER = "nifti"


class NiftiResults(NamedTuple):
    """The files written, and for each item without one its id and the reason."""

    files: tuple[Path, ...]
    skipped: tuple[tuple[str, str], ...]


def write_nifti_results(run: DiagnosisRun | SegmentationRun, items: Sequence[Mapping[str, Any]]) -> NiftiResults:
    """Write ``nifti/<image_id>.nii.gz`` below the run's folder for each outline, doubtful ones as well.

    Args:
        run: what :func:`monai_skin.pipeline.diagnose` or ``segment`` returned.
        items: those it ran on. The size of a pixel is that of a DICOM header; of other pictures it is not known.

    Raises:
        StorageError: the disk is full, read-only or refuses us.
    """
    outlined = run.segmentation if isinstance(run, DiagnosisRun) else run
    files = {str(item["image_id"]): str(item.get("file", item["image"])) for item in items}
    folder = run.folder / NIFTI_FOLDER
    for stale in folder.glob("*.nii.gz"):  # of an earlier run, as the tables were
        stale.unlink()
    written: list[Path] = []
    skipped: list[tuple[str, str]] = []
    for row in outlined.rows:
        # a table has an apostrophe in front of an id that a spreadsheet would run
        image_id = row["image_id"].removeprefix("'")
        try:
            spacing = _spacing(files[image_id])
        except InvalidInputError as error:
            skipped.append((image_id, str(error)))
            continue
        mask = read_image(outlined.folder / row["mask"]).pixels[0] > 0  # our own: 0 and 255, however it looks
        write_nifti_mask(folder / f"{image_id}.nii.gz", mask, spacing)
        written.append(folder / f"{image_id}.nii.gz")
    return NiftiResults(tuple(written), tuple(skipped))


def _spacing(file: str) -> tuple[float, float] | None:
    return pixel_spacing_of(open_dicom(file)) if Path(file).suffix.lower() in DICOM_SUFFIXES else None
