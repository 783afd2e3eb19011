# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""ISIC 2019: eight classes; it contains HAM10000, BCN20000 and earlier challenges.

Tschandl et al. 2018, https://doi.org/10.1038/sdata.2018.161; Codella et al. 2018, https://arxiv.org/abs/1710.05006;
Hernández-Pérez et al. 2024, https://doi.org/10.1038/s41597-024-03387-w. Images of HAM10000 are in it again: to test on
it a model trained on HAM10000, leave their image ids out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monai_skin.data.files import pictures_in, table_in
from monai_skin.data.items import Item, Problems, make_item, make_items
from monai_skin.data.readers.one_hot import chosen_class
from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.io import read_table

__all__ = ["find_isic2019", "read_isic2019"]

_CLASSES = {code.upper(): code for code in ("mel", "nv", "bcc", "ak", "bkl", "df", "vasc", "scc")} | {"UNK": ""}
_COLUMNS = {"age": "age_approx", "site": "anatom_site_general"}


def find_isic2019(folder: Path) -> bool:
    """Whether this is a folder of ISIC 2019."""
    return table_in(folder, "ISIC_2019_Training_GroundTruth") is not None


def read_isic2019(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """Every row of the ground truth as an item, in its order, the ``_downsampled`` repeats included.

    Args:
        problems: takes the errors of unusable rows; without it the first is raised.

    Raises:
        InvalidInputError: when a table is missing, or a value is outside its vocabulary.
        IntegrityError: when the two tables do not list the same images.
    """
    folder = Path(folder)
    truth = table_in(folder, "ISIC_2019_Training_GroundTruth")
    patients = table_in(folder, "ISIC_2019_Training_Metadata")
    if truth is None or patients is None:
        raise InvalidInputError.about(
            folder.name, "tables", "are not both there", expected="ISIC_2019_Training_GroundTruth and _Metadata"
        )
    rows = {row["image"]: row for row in read_table(patients, required=("image", *_COLUMNS.values()))}
    truths = read_table(truth, required=("image", *_CLASSES))
    _check_same_images({row["image"] for row in truths}, set(rows))
    images = pictures_in(folder, "images", "ISIC_2019_Training_Input")

    def build(row: Mapping[str, str]) -> Item:
        name = row["image"]
        cells = {**rows[name], "dx": chosen_class(row, _CLASSES, neither=None, source=name)}
        columns = {**_COLUMNS, "sex": "sex" if "sex" in cells else "gender"}
        path = images.get(name, folder / "ISIC_2019_Training_Input" / f"{name}.jpg")
        return make_item(path, name, cells, columns=columns, vocabulary="isic2019")

    return make_items(truth, truths, build, problems)


def _check_same_images(truths: set[str], patients: set[str]) -> None:
    different = sorted(truths ^ patients)
    if different:
        problem = f"differ in {len(different)} images: {', '.join(different[:5])}"
        raise IntegrityError.about("ISIC_2019_Training", "tables", problem, expected="the same images in both")
