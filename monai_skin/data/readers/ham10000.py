# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""HAM10000: Tschandl, Rosendahl and Kittler, Scientific Data 2018, https://doi.org/10.7910/DVN/DBW86T.

Understood are the published folders (``HAM10000_images_part_1``, ``HAM10000_images_part_2``,
``HAM10000_segmentations_lesion_tschandl``, ``HAM10000_metadata`` with or without ``.csv``) and the short form
``images/``, ``masks/``, ``metadata.csv``.
"""

from __future__ import annotations

from pathlib import Path

from monai_skin.data.files import has_columns, masks_in, pictures_in, table_in
from monai_skin.data.items import Item, Problems, make_item, make_items
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table

__all__ = ["find_ham10000", "read_ham10000"]

_COLUMNS = ("lesion_id", "image_id", "dx", "age", "sex", "localization")


def find_ham10000(folder: Path) -> bool:
    """Whether this is a HAM10000 folder."""
    return has_columns(_table(folder), "lesion_id", "image_id", "localization")


def read_ham10000(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """Every row of the table as an item, in the table's order.

    A picture that is not there keeps its row, with the path it should have; a mask that is not there is left out.

    Args:
        problems: takes the errors of unusable rows; without it the first is raised.

    Raises:
        InvalidInputError: when the folder holds no such table, or a value is outside its vocabulary.
    """
    folder = Path(folder)
    table = _table(folder)
    if table is None:
        raise InvalidInputError.about(
            folder.name, "HAM10000_metadata", "was not found", expected="the table of HAM10000 in this folder"
        )
    images = pictures_in(folder, "images", "HAM10000_images_part_[12]")
    masks = masks_in(folder, "masks", "HAM10000_segmentations_lesion_tschandl")
    return make_items(
        table,
        read_table(table, required=_COLUMNS),
        lambda row: make_item(
            images.get(row["image_id"], folder / "images" / f"{row['image_id']}.jpg"),
            row["image_id"],
            row,
            mask=masks.get(row["image_id"]),
            columns={"site": "localization"},
            vocabulary="ham10000",
        ),
        problems,
    )


def _table(folder: Path) -> Path | None:
    return table_in(folder, "HAM10000_metadata", "metadata")
