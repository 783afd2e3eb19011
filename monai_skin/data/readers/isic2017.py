# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""ISIC 2017 Task 3: melanoma, seborrheic keratosis or nevus, in the challenge's own three sections.

Codella et al. 2018, https://arxiv.org/abs/1710.05006.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monai_skin.data.files import masks_in, pictures_in
from monai_skin.data.items import Item, Problems, make_item, make_items
from monai_skin.data.readers.one_hot import chosen_class
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table

__all__ = ["find_isic2017", "read_isic2017"]

_CLASSES = {"melanoma": "mel", "seborrheic_keratosis": "sk"}
_SECTIONS = ("training", "validation", "test")


def find_isic2017(folder: Path) -> bool:
    """Whether this is a folder of ISIC 2017 Task 3."""
    return bool(_tables(folder))


def read_isic2017(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """Every row of every table, training first; ``section`` is the challenge's own.

    Masks of Task 1 are used where they were unpacked beside.

    Args:
        problems: takes the errors of unusable rows; without it the first is raised.

    Raises:
        InvalidInputError: when there is no such table, or a value is outside its vocabulary.
    """
    folder = Path(folder)
    tables = _tables(folder)
    if not tables:
        raise InvalidInputError.about(
            folder.name, "*Part3_GroundTruth.csv", "was not found", expected="a table of ISIC 2017 in this folder"
        )
    images = pictures_in(folder, "images", "*Data")
    masks = masks_in(folder, "masks", "*Part1_GroundTruth")
    patients = _patients(folder)

    def build(row: Mapping[str, str]) -> Item:
        name = row["image_id"]
        dx = chosen_class(row, _CLASSES, neither="nv", source=name)
        path = images.get(name, folder / "images" / f"{name}.jpg")
        cells = {**patients.get(name, {}), "dx": dx}
        columns = {"age": "age_approximate"}
        return make_item(path, name, cells, mask=masks.get(name), columns=columns, vocabulary="isic2017")

    return [
        {**item, "section": section}
        for section, table in tables
        for item in make_items(table, read_table(table, required=("image_id", *_CLASSES)), build, problems)
    ]


def _tables(folder: Path) -> list[tuple[str, Path]]:
    """Ground truth tables with their section, which stands in their name."""
    tables = sorted(folder.glob("*2017*Part3_GroundTruth.csv"))
    return [(section, table) for section in _SECTIONS for table in tables if section in table.name.lower()]


def _patients(folder: Path) -> dict[str, dict[str, str]]:
    tables = sorted([*folder.glob("*_metadata.csv"), *folder.glob("*Data/*_metadata.csv")])
    return {row["image_id"]: row for table in tables for row in read_table(table, required=("image_id",))}
