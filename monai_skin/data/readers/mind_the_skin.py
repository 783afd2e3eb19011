# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""MIND-the-SKIN: photographs of five neglected tropical diseases; it is not public, so the form of the folder is ours.

Used by Hu et al., WACV 2025, https://arxiv.org/abs/2409.09520. Understood are two forms: a table
``mind_the_skin.csv`` with the columns ``image`` (a path from the folder), ``patient_id`` and ``dx``; or a folder per
class, in it one per patient, in that the pictures: ``buruli_ulcer/p017/1.jpg``. Pictures that lie beside the
patients' folders name no patient. A patient's id means the same person under every class.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from monai_skin.data.files import has_columns, image_files
from monai_skin.data.items import Item, Problems, make_item, make_items
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table
from monai_skin.labels import VOCABULARIES

__all__ = ["find_mind_the_skin", "read_mind_the_skin"]

_TABLE = "mind_the_skin.csv"
_COLUMNS = ("image", "patient_id", "dx")
_CLASSES = VOCABULARIES["mind_the_skin"]


def find_mind_the_skin(folder: Path) -> bool:
    """Whether this is a folder of either form."""
    table = folder / _TABLE
    return has_columns(table if table.is_file() else None, *_COLUMNS) or bool(_class_folders(folder))


def read_mind_the_skin(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """Every row of the table, or every picture of the class folders, as an item.

    The image id is the path from the folder without its suffix, with ``_`` between the parts.

    Args:
        problems: takes the errors of unusable rows; without it the first is raised.

    Raises:
        InvalidInputError: when the folder has neither form, or a diagnosis is none of the five.
    """
    folder = Path(folder)
    table = folder / _TABLE
    if table.is_file():
        rows = read_table(table, required=_COLUMNS)
        return make_items(
            table, rows, lambda row: _item(folder, Path(row["image"].strip()), row["patient_id"], row["dx"]), problems
        )
    if not _class_folders(folder):
        problem, expected = "was not found", f"it, or folders named {', '.join(_CLASSES)}"
        raise InvalidInputError.about(folder.name, _TABLE, problem, expected=expected)
    return list(_from_folders(folder))


def _class_folders(folder: Path) -> dict[str, Path]:
    """Folders that are named after a class, whatever their capitals and whichever sign joins the words."""
    places = {path.name.lower().replace(" ", "_").replace("-", "_"): path for path in folder.iterdir() if path.is_dir()}
    return {dx: places[dx] for dx in _CLASSES if dx in places}


def _from_folders(folder: Path) -> Iterator[Item]:
    for dx, place in _class_folders(folder).items():
        for path in image_files(place):
            inner = path.relative_to(place).parts
            yield _item(folder, path.relative_to(folder), inner[0] if len(inner) > 1 else "", dx)


def _item(folder: Path, image: Path, patient_id: str, dx: str) -> Item:
    image_id = "_".join(image.with_suffix("").parts)
    cells = {"patient_id": patient_id, "dx": dx}
    return make_item(folder / image, image_id, cells, vocabulary="mind_the_skin")
