# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Items of two pictures of one lesion: a photograph of the surface and a second picture, of the depth.

Such an item is like any other, and has besides ``paired_image`` with the path of the second picture,
``paired_modality`` with what that picture is, and ``case_id``. Where that is not ``ultrasound`` but stands in for it,
such as ``dermoscopy``, say so wherever scores are shown. A case with several pictures of a kind has an item for each
photograph with each second picture.
"""

from __future__ import annotations

from collections.abc import Sequence

from monai_skin.data.items import Item
from monai_skin.errors import UsageError

__all__ = ["PAIR_CHOICES", "choose_pairs", "file_of_case"]

PAIR_CHOICES = ("all", "first")


def file_of_case(item: Item) -> tuple[str, str]:
    """What several pairs of one case may share without its being an error: the file of their photograph."""
    return item["image"], item.get("case_id") or item["image_id"]


def choose_pairs(items: Sequence[Item], pairs: str) -> list[Item]:
    """``all`` items, or the ``first`` of every case; an item without a case is kept.

    Raises:
        UsageError: for another word.
    """
    if pairs not in PAIR_CHOICES:
        raise UsageError(f"pairs is {pairs!r}; expected one of {', '.join(PAIR_CHOICES)}")
    if pairs == "all":
        return list(items)
    first: dict[str, str] = {}
    return [
        item
        for item in items
        if not item.get("case_id") or first.setdefault(item["case_id"], item["image_id"]) == item["image_id"]
    ]
