# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Read the published form of each data set into a MONAI datalist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from monai_skin.data.items import Item, Problems
from monai_skin.data.readers.dermoscopy_folder import find_dermoscopy_folder, read_dermoscopy_folder
from monai_skin.data.readers.dx_types import read_dx_types
from monai_skin.data.readers.ham10000 import find_ham10000, read_ham10000
from monai_skin.data.readers.isic2017 import find_isic2017, read_isic2017
from monai_skin.data.readers.isic2019 import find_isic2019, read_isic2019
from monai_skin.data.readers.isic_task1 import find_isic_task1, read_isic_task1
from monai_skin.data.readers.pad_ufes_20 import find_pad_ufes_20, read_pad_ufes_20

__all__ = [
    "READERS",
    "Reader",
    "read_dermoscopy_folder",
    "read_dx_types",
    "read_ham10000",
    "read_isic2017",
    "read_isic2019",
    "read_isic_task1",
    "read_pad_ufes_20",
]


class Reader(NamedTuple):
    """How one kind of data set is recognised and read."""

    find: Callable[[Path], bool]
    read: Callable[[str | Path, Problems | None], list[Item]]


READERS: Mapping[str, Reader] = {  # the first that recognises a folder reads it, so the ones with a table come first
    "ham10000": Reader(find_ham10000, read_ham10000),
    "isic2019": Reader(find_isic2019, read_isic2019),
    "isic2017": Reader(find_isic2017, read_isic2017),
    "pad_ufes_20": Reader(find_pad_ufes_20, read_pad_ufes_20),
    "dermoscopy_folder": Reader(find_dermoscopy_folder, read_dermoscopy_folder),
    "isic_task1": Reader(find_isic_task1, read_isic_task1),
}
