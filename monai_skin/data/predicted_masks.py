# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks that a network drew, in the place of those the data set came with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from monai_skin.data.items import Item
from monai_skin.errors import InvalidInputError, UsageError

__all__ = ["attach_masks"]


def attach_masks(
    items: Sequence[Item], masks_dir: str | Path, *, missing: Literal["raise", "whole"] = "raise"
) -> list[Item]:
    """Copies of the items, each with ``masks_dir/<image_id>.png`` for its ``mask``.

    Args:
        items: datalist; a mask an item already has is replaced.
        masks_dir: folder of one PNG per image, such as ``masks`` in what ``data masks`` writes.
        missing: with ``raise`` every image needs its file; with ``whole`` an item without one carries no mask, so that
            the whole picture stands for the lesion.

    Raises:
        InvalidInputError: naming the image, when its file is missing.
        UsageError: when ``missing`` is not known.
    """
    if missing not in ("raise", "whole"):
        raise UsageError(f"missing is {missing!r}; expected raise or whole")
    return [_with_mask(item, Path(masks_dir), whole=missing == "whole") for item in items]


def _with_mask(item: Item, folder: Path, *, whole: bool) -> Item:
    image_id = str(item["image_id"])
    path = folder / f"{image_id}.png"
    if path.is_file():
        return {**item, "mask": str(path)}
    if whole:
        return {key: value for key, value in item.items() if key != "mask"}
    raise InvalidInputError.about(
        image_id, "mask", f"is missing from the folder {folder.name}", expected=f"a file {path.name}"
    )
