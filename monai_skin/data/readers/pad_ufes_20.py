# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""PAD-UFES-20: smartphone photographs with clinical data; Pacheco et al. 2020, https://doi.org/10.17632/zr7vgbcyr2.1."""

from __future__ import annotations

from pathlib import Path

from monai_skin.data.files import has_columns, pictures_in
from monai_skin.data.items import Item, Problems, make_item, make_items
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table

__all__ = ["find_pad_ufes_20", "read_pad_ufes_20"]

_NAMES = ("metadata.csv", "PAD-UFES-20_metadata.csv")
_COLUMNS = {"dx": "diagnostic", "sex": "gender", "site": "region"}


def find_pad_ufes_20(folder: Path) -> bool:
    """Whether this is a folder of PAD-UFES-20."""
    return has_columns(_table(folder), "img_id", "diagnostic", "region")


def read_pad_ufes_20(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """Every row of the table as an item, in the table's order; the image id is ``img_id`` without its suffix.

    Args:
        problems: takes the errors of unusable rows; without it the first is raised.

    Raises:
        InvalidInputError: when the folder holds no such table, or a value is outside its vocabulary.
    """
    folder = Path(folder)
    table = _table(folder)
    if table is None:
        raise InvalidInputError.about(
            folder.name, "metadata.csv", "was not found", expected="the table of PAD-UFES-20 in this folder"
        )
    images = pictures_in(folder, "images", "imgs_part_[123]")

    def path(name: str) -> Path:
        return images.get(Path(name).stem, folder / "images" / name)

    required = ("img_id", "patient_id", "lesion_id", "age", *_COLUMNS.values())
    return make_items(
        table,
        read_table(table, required=required),
        lambda row: make_item(
            path(row["img_id"]), Path(row["img_id"]).stem, row, columns=_COLUMNS, vocabulary="pad_ufes_20"
        ),
        problems,
    )


def _table(folder: Path) -> Path | None:
    return next((folder / name for name in _NAMES if (folder / name).is_file()), None)
