# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""ISIC 2016, 2017 and 2018 Task 1: dermoscopy images, each with the outline of its lesion.

Gutman et al. 2016, https://arxiv.org/abs/1605.01397; Codella et al. 2018, https://arxiv.org/abs/1710.05006;
Codella et al. 2019, https://arxiv.org/abs/1902.03368. There is no table: pictures and masks go together by name.
"""

from __future__ import annotations

from pathlib import Path

from monai_skin.data.files import masks_in, natural_key, pictures_in
from monai_skin.data.items import Item, Problems, make_item
from monai_skin.errors import InvalidInputError

__all__ = ["find_isic_task1", "read_isic_task1"]

_IMAGES = ("images", "*Data", "*Input")
_MASKS = ("masks", "*GroundTruth")


def find_isic_task1(folder: Path) -> bool:
    """Whether this is a folder of such pairs."""
    return bool(masks_in(folder, *_MASKS))


def read_isic_task1(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """Every picture as an item, by number; a picture without a mask has no ``mask``.

    Args:
        problems: not used, since there is no table that could be wrong.

    Raises:
        InvalidInputError: when the folder holds no such pictures.
    """
    folder = Path(folder)
    masks = masks_in(folder, *_MASKS)
    images = {name: path for name, path in pictures_in(folder, *_IMAGES).items() if not name.endswith("_superpixels")}
    if not images:
        raise InvalidInputError.about(
            folder.name, "folder", "holds no images of Task 1", expected="folders such as *_Data and *_GroundTruth"
        )
    return [make_item(images[name], name, mask=masks.get(name)) for name in sorted(images, key=natural_key)]
