# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A plain folder of dermoscopy images: ``images/``, ``masks/`` and ``labels.csv`` in the words of the ISIC Archive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monai_skin.data.files import masks_in, pictures_in
from monai_skin.data.items import Item, Problems, make_item, make_items
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table

__all__ = ["find_dermoscopy_folder", "read_dermoscopy_folder"]

_NEITHER = "neither"  # ISIC 2017 Task 3 marks a nevus as neither melanoma nor seborrheic keratosis
_COLUMNS = {"dx": "diagnosis", "age": "age_approx", "site": "anatom_site_general"}


def find_dermoscopy_folder(folder: Path) -> bool:
    """Whether this is such a folder."""
    return (folder / "labels.csv").is_file() and (folder / "images").is_dir()


def read_dermoscopy_folder(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """Every row of ``labels.csv`` as an item, in the table's order.

    The only column that must be there is ``image_id``; ``diagnosis``, ``age_approx``, ``sex``, ``lesion_id``,
    ``patient_id`` and ``anatom_site_general`` are used where they are.

    Args:
        problems: takes the errors of unusable rows; without it the first is raised.

    Raises:
        InvalidInputError: when the folder holds no such table, or a value is outside its vocabulary.
    """
    folder = Path(folder)
    table = folder / "labels.csv"
    if not table.is_file():
        raise InvalidInputError.about(
            folder.name, "labels.csv", "was not found", expected="labels.csv beside a folder named images"
        )
    images = pictures_in(folder, "images")
    masks = masks_in(folder, "masks")
    return make_items(
        table,
        read_table(table, required=("image_id",)),
        lambda row: make_item(
            images.get(row["image_id"], folder / "images" / f"{row['image_id']}.jpg"),
            row["image_id"],
            {**row, "diagnosis": _diagnosis(row)},
            mask=masks.get(row["image_id"]),
            columns=_COLUMNS,
            vocabulary="isic2017",
        ),
        problems,
    )


def _diagnosis(row: Mapping[str, str]) -> str:
    written = row.get("diagnosis", "")
    return "nv" if written.startswith(_NEITHER) else written
