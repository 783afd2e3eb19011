# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What is read of an object, for a person to see, without anything that names or dates the patient."""

from __future__ import annotations

from typing import Any

from monai_skin.dicom.read import read_dermoscopy_object
from monai_skin.io import FileOrBytes
from monai_skin.io.dicom_header import PICTURE_CLASSES

__all__ = ["describe_object"]


def describe_object(file: FileOrBytes, *, source: str | None = None) -> dict[str, Any]:
    """Kind, size, colour model and what a model may use of the header; no name, number, date or unique identifier.

    Raises:
        InvalidInputError: as :func:`monai_skin.dicom.read_dermoscopy_object`.
    """
    from pydicom.uid import UID

    found = read_dermoscopy_object(file, source=source)
    frames, _, rows, columns = found.pixels.shape
    return {
        "kind": PICTURE_CLASSES[found.sop_class_uid],
        "transfer_syntax": UID(found.transfer_syntax_uid).name,
        "photometric": found.photometric,
        "frames": frames,
        "rows": rows,
        "columns": columns,
        "mm_between_rows_and_columns": None if found.pixel_spacing is None else list(found.pixel_spacing),
        "age": found.age,
        "sex": found.sex,
        "site": found.site,
        "laterality": found.laterality,
        "mean_rgb": [round(float(channel.mean()), 1) for channel in found.pixels.transpose(1, 0, 2, 3)],
        "notes": "; ".join(found.notes),
    }
