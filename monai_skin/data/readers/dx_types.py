# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How each diagnosis was made: by histology, follow-up, the consensus of experts or confocal microscopy."""

from __future__ import annotations

from pathlib import Path

from monai_skin.data.files import has_columns, table_in
from monai_skin.io import read_table

__all__ = ["read_dx_types"]

_COLUMNS = ("dx_type", "diagnosis_confirm_type")  # of HAM10000 and of the ISIC Archive


def read_dx_types(folder: str | Path) -> dict[str, str] | None:
    """The word of the data set's table for each image id, in lower case; ``None`` where no table says so."""
    table = table_in(Path(folder), "HAM10000_metadata", "metadata", "labels")
    for column in _COLUMNS:
        if table is not None and has_columns(table, "image_id", column):
            return {row["image_id"]: row[column].strip().lower() for row in read_table(table)}
    return None
