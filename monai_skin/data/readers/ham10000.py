# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""HAM10000: Tschandl, Rosendahl and Kittler, Scientific Data 2018, https://doi.org/10.7910/DVN/DBW86T.

Understood are the published folders (``HAM10000_images_part_1``, ``HAM10000_images_part_2``,
``HAM10000_segmentations_lesion_tschandl``, ``HAM10000_metadata`` with or without ``.csv``) and the short form
``images/``, ``masks/``, ``metadata.csv``.
"""

from __future__ import annotations

from pathlib import Path

from monai_skin.data.files import MASK_ENDING, find_by_stem, table_in
from monai_skin.data.items import Item, make_item
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table

__all__ = ["find_ham10000", "read_ham10000"]

_IMAGE_FOLDERS = ("images", "HAM10000_images_part_1", "HAM10000_images_part_2")
_MASK_FOLDERS = ("masks", "HAM10000_segmentations_lesion_tschandl")
_COLUMNS = ("lesion_id", "image_id", "dx", "age", "sex", "localization")


def find_ham10000(folder: Path) -> Path | None:
    """The table of a HAM10000 folder, or ``None`` when this is something else."""
    table = table_in(folder, "HAM10000_metadata", "metadata")
    if table is None:
        return None
    with table.open(encoding="utf-8-sig", errors="replace") as stream:
        header = stream.readline(4096)
    return table if "lesion_id" in header and "localization" in header else None


def read_ham10000(folder: str | Path) -> list[Item]:
    """Every row of the table as an item, in the table's order.

    A picture that is not there keeps its row, with the path it should have; a mask that is not there is left out.

    Raises:
        InvalidInputError: when the folder holds no such table, or a value is outside its vocabulary.
    """
    folder = Path(folder)
    table = find_ham10000(folder)
    if table is None:
        raise InvalidInputError.about(
            folder.name, "HAM10000_metadata", "was not found", expected="the table of HAM10000 in this folder"
        )
    images = find_by_stem(folder / name for name in _IMAGE_FOLDERS)
    masks = find_by_stem(folder / name for name in _MASK_FOLDERS)
    return [
        make_item(
            images.get(row["image_id"], folder / "images" / f"{row['image_id']}.jpg"),
            row["image_id"],
            {**row, "site": row["localization"]},
            mask=masks.get(row["image_id"] + MASK_ENDING),
            vocabulary="ham10000",
        )
        for row in read_table(table, required=_COLUMNS)
    ]
