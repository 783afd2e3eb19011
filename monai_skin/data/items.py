# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One item of a datalist: a dictionary that always has the same keys, whichever data set it came from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monai_skin import labels

__all__ = ["Item", "make_item"]

Item = dict[str, Any]


def make_item(
    image: str | Path,
    image_id: str,
    row: Mapping[str, str] | None = None,
    *,
    mask: str | Path | None = None,
    vocabulary: str = "",
) -> Item:
    """Build an item from the parsed columns of one table row.

    Args:
        image: path of the picture, which need not exist: the integrity report says which do not.
        image_id: unique within its data set.
        row: any of the columns ``lesion_id``, ``patient_id``, ``dx``, ``age``, ``sex``, ``site``.
        mask: path of the lesion mask; the key is left out when there is none.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES` that ``label`` counts in.

    Raises:
        InvalidInputError: for a value no vocabulary knows.
    """
    row = row or {}
    dx = labels.parse_diagnosis(row.get("dx", ""), source=image_id)
    item: Item = {"image": str(image), "image_id": image_id}
    if mask is not None:
        item["mask"] = str(mask)
    item |= {"lesion_id": row.get("lesion_id", ""), "patient_id": row.get("patient_id", ""), "dx": dx}
    if dx and vocabulary:
        item["label"] = labels.label_of(dx, vocabulary, source=image_id)
    item |= {
        "age": labels.parse_age(row.get("age", ""), source=image_id),
        "sex": labels.parse_sex(row.get("sex", ""), source=image_id),
        "site": labels.parse_site(row.get("site", ""), source=image_id),
    }
    return item
