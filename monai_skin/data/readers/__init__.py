# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Read the published form of each data set into a MONAI datalist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from monai_skin.data.items import Item, Problems
from monai_skin.data.readers.derm7pt import find_derm7pt, read_derm7pt
from monai_skin.data.readers.dermoscopy_folder import find_dermoscopy_folder, read_dermoscopy_folder
from monai_skin.data.readers.dx_types import read_dx_types
from monai_skin.data.readers.ham10000 import find_ham10000, read_ham10000
from monai_skin.data.readers.isic2017 import find_isic2017, read_isic2017
from monai_skin.data.readers.isic2019 import find_isic2019, read_isic2019
from monai_skin.data.readers.isic_task1 import find_isic_task1, read_isic_task1
from monai_skin.data.readers.mind_the_skin import find_mind_the_skin, read_mind_the_skin
from monai_skin.data.readers.pad_ufes_20 import find_pad_ufes_20, read_pad_ufes_20
from monai_skin.data.readers.paired import PAIRED_COLUMNS, find_paired, read_paired
from monai_skin.data.readers.scin import ScinSelection, find_scin, read_scin, select_scin

__all__ = [
    "PAIRED_COLUMNS",
    "READERS",
    "Reader",
    "ScinSelection",
    "read_derm7pt",
    "read_dermoscopy_folder",
    "read_dx_types",
    "read_ham10000",
    "read_isic2017",
    "read_isic2019",
    "read_isic_task1",
    "read_mind_the_skin",
    "read_pad_ufes_20",
    "read_paired",
    "read_scin",
    "select_scin",
]


class Reader(NamedTuple):
    """How one kind of data set is recognised and read, and what the reader leaves out on purpose if it does."""

    find: Callable[[Path], bool]
    read: Callable[[str | Path, Problems | None], list[Item]]
    left_out: Callable[[str | Path], dict[str, int]] | None = None


READERS: Mapping[str, Reader] = {  # the first that recognises a folder reads it, so the ones with a table come first
    "ham10000": Reader(find_ham10000, read_ham10000),
    "isic2019": Reader(find_isic2019, read_isic2019),
    "isic2017": Reader(find_isic2017, read_isic2017),
    "pad_ufes_20": Reader(find_pad_ufes_20, read_pad_ufes_20),
    "scin": Reader(find_scin, read_scin, lambda folder: select_scin(folder, []).left_out),
    "derm7pt": Reader(find_derm7pt, read_derm7pt),
    "paired": Reader(find_paired, read_paired),
    "dermoscopy_folder": Reader(find_dermoscopy_folder, read_dermoscopy_folder),
    "mind_the_skin": Reader(find_mind_the_skin, read_mind_the_skin),
    "isic_task1": Reader(find_isic_task1, read_isic_task1),
}
