# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks as NIfTI, for programs that keep outlines in it, such as ITK-SNAP, 3D Slicer and nnU-Net."""

from __future__ import annotations

import gzip
import os
from typing import Any

import numpy as np
import numpy.typing as npt

from monai_skin.errors import UsageError
from monai_skin.io.atomic import atomic_write
from monai_skin.io.files import source_name

__all__ = ["write_nifti_mask"]

_ALIGNED = 2  # NIFTI_XFORM_ALIGNED_ANAT: a position in the frame of another file, here of the picture


def write_nifti_mask(
    path: str | os.PathLike[str], mask: npt.NDArray[np.bool_], spacing: tuple[float, float] | None = None
) -> None:
    """Write ``(H, W)`` bool as a compressed two-dimensional NIfTI-1 file of 0 and 1, atomically.

    The first index of the file is the column, the second the row. A photograph has no place in the body; the file
    says what ITK says of a PNG or DICOM photograph: columns run to the left (L), rows to the back (P), and the centre
    of the top left pixel is the origin. So a program built upon ITK shows picture and mask upon each other.

    Args:
        path: ends in ``.nii.gz``.
        mask: true where lesion.
        spacing: millimetre between rows and between columns; None where it is not known, for 1 and 1 without a unit.

    Raises:
        UsageError: another ending; not two-dimensional or not bool; more rows or columns than NIfTI-1 can count.
        StorageError: the disk is full, read-only or refuses us.
    """
    import nibabel as nib

    name = source_name(os.fspath(path))
    if not name.endswith(".nii.gz"):
        raise UsageError.about(name, "suffix", "is not known", expected=".nii.gz")
    if mask.ndim != 2 or mask.dtype != np.bool_ or not mask.size or max(mask.shape) > np.iinfo(np.int16).max:
        problem = f"is {mask.dtype} of shape {mask.shape}"
        raise UsageError.about(name, "mask", problem, expected="bool of shape (H, W), neither above 32,767")
    down, across = spacing or (1.0, 1.0)
    make: Any = nib.Nifti1Image  # nibabel has types for half of its functions
    picture = make(np.ascontiguousarray(mask.T).view(np.uint8), np.diag([-across, -down, 1.0, 1.0]))
    picture.set_qform(picture.affine, _ALIGNED)
    picture.set_sform(picture.affine, _ALIGNED)
    picture.header.set_xyzt_units("mm" if spacing else "unknown")
    atomic_write(path, gzip.compress(picture.to_bytes(), mtime=0))
