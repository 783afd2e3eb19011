# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""An approved outline as a DICOM Segmentation in the study of its picture."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from monai_skin.dicom import make_segmentation, write_object
from monai_skin.io.dicom_header import open_dicom
from monai_skin.pipeline import identify_model

__all__ = ["write_approved"]


def write_approved(image: Path, mask: npt.NDArray[np.bool_], root: Path, out: str | os.PathLike[str]) -> None:
    """Write a Segmentation whose outline a person corrected or accepted, which its algorithm type says.

    Args:
        image: DICOM file of one frame.
        mask: ``(H, W)``, not empty.
        root: of the bundle that proposed the outline.
        out: file to write.

    Raises:
        UsageError: highdicom is not installed.
        InvalidInputError: the mask is empty or of another size, or the header lacks what a result has to repeat.
    """
    found = make_segmentation(open_dicom(image), mask, identify_model(root))
    found.SegmentSequence[0].SegmentAlgorithmType = "SEMIAUTOMATIC"
    found.ContentDescription = "Outline of the lesion, approved by a person"
    write_object(out, found)
