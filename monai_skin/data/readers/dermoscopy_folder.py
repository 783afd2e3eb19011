# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A plain folder of dermoscopy images: ``images/``, ``masks/`` and ``labels.csv`` in the words of the ISIC Archive."""

from __future__ import annotations

from pathlib import Path

from monai_skin.data.files import MASK_ENDING, find_by_stem
from monai_skin.data.items import Item, make_item
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table

__all__ = ["find_dermoscopy_folder", "read_dermoscopy_folder"]

_NEITHER = "neither"  # ISIC 2017 Task 3 marks a nevus as neither melanoma nor seborrheic keratosis


def find_dermoscopy_folder(folder: Path) -> Path | None:
    """The table of such a folder, or ``None`` when this is something else."""
    table = folder / "labels.csv"
    return table if table.is_file() and (folder / "images").is_dir() else None


def read_dermoscopy_folder(folder: str | Path) -> list[Item]:
    """Every row of ``labels.csv`` as an item, in the table's order.

    The only column that must be there is ``image_id``; ``diagnosis``, ``age_approx``, ``sex``, ``lesion_id``,
    ``patient_id`` and ``anatom_site_general`` are used where they are.

    Raises:
        InvalidInputError: when the folder holds no such table, or a value is outside its vocabulary.
    """
    folder = Path(folder)
    table = find_dermoscopy_folder(folder)
    if table is None:
        raise InvalidInputError.about(
            folder.name, "labels.csv", "was not found", expected="labels.csv beside a folder named images"
        )
    images = find_by_stem([folder / "images"])
    masks = find_by_stem([folder / "masks"])
    return [
        make_item(
            images.get(row["image_id"], folder / "images" / f"{row['image_id']}.jpg"),
            row["image_id"],
            _renamed(row),
            mask=masks.get(row["image_id"] + MASK_ENDING),
            vocabulary="isic2017",
        )
        for row in read_table(table, required=("image_id",))
    ]


def _renamed(row: dict[str, str]) -> dict[str, str]:
    diagnosis = row.get("diagnosis", "")
    return {
        **row,
        "dx": "nv" if diagnosis.startswith(_NEITHER) else diagnosis,
        "age": row.get("age_approx", ""),
        "site": row.get("anatom_site_general", ""),
    }
