# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""PAD-UFES-20: smartphone photographs with clinical data; Pacheco et al. 2020, https://doi.org/10.17632/zr7vgbcyr2.1."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monai_skin.data.files import has_columns, pictures_in
from monai_skin.data.items import Item, Problems, make_item, make_items
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table
from monai_skin.labels import UNKNOWN, parse_skin_type

__all__ = ["find_pad_ufes_20", "read_pad_ufes_20"]

_NAMES = ("metadata.csv", "PAD-UFES-20_metadata.csv")
_SIGNS = ("itch", "grew", "hurt", "changed", "bleed", "elevation")
_ANSWERS = {"true": "yes", "false": "no", "unk": UNKNOWN, "": UNKNOWN}
_COLUMNS = {"dx": "diagnostic", "sex": "gender", "site": "region"}


def find_pad_ufes_20(folder: Path) -> bool:
    """Whether this is a folder of PAD-UFES-20."""
    return has_columns(_table(folder), "img_id", "diagnostic", "region")


def read_pad_ufes_20(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """Every row of the table as an item, in the table's order; the image id is ``img_id`` without its suffix.

    Beside the keys of every item there are ``fitzpatrick``, one of :data:`monai_skin.labels.SKIN_TYPES` or unknown, and
    what the person said or the physician saw of the lesion: ``itch``, ``grew``, ``hurt``, ``changed``, ``bleed`` and
    ``elevation``, each ``yes``, ``no`` or ``unknown``.

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

    def build(row: Mapping[str, str]) -> Item:
        image_id = Path(row["img_id"]).stem
        item = make_item(path(row["img_id"]), image_id, row, columns=_COLUMNS, vocabulary="pad_ufes_20")
        skin_type = parse_skin_type(row.get("fitspatrick", ""), source=image_id, field="fitspatrick")
        return item | {"fitzpatrick": skin_type, **{sign: _answer(row, sign, image_id) for sign in _SIGNS}}

    required = ("img_id", "patient_id", "lesion_id", "age", *_COLUMNS.values())
    return make_items(table, read_table(table, required=required), build, problems)


def _answer(row: Mapping[str, str], sign: str, image_id: str) -> str:
    word = row.get(sign, "").strip()
    if word.lower() not in _ANSWERS:
        raise InvalidInputError.about(image_id, sign, f"is {word!r}", expected="True, False, UNK, or empty")
    return _ANSWERS[word.lower()]


def _table(folder: Path) -> Path | None:
    return next((folder / name for name in _NAMES if (folder / name).is_file()), None)
