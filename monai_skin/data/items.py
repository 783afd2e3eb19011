# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One item of a datalist: a dictionary that always has the same keys, whichever data set it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from monai_skin import labels
from monai_skin.errors import InvalidInputError

__all__ = ["Item", "Problems", "make_item", "make_items"]

Item = dict[str, Any]
Problems = list[InvalidInputError]


def make_item(
    image: str | Path,
    image_id: str,
    row: Mapping[str, str] | None = None,
    *,
    mask: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    vocabulary: str = "",
) -> Item:
    """Build an item from one table row.

    Args:
        image: path of the picture, which need not exist: the integrity report says which do not.
        image_id: unique within its data set.
        row: has any of ``lesion_id``, ``patient_id``, ``dx``, ``age``, ``sex`` and ``site``.
        mask: path of the lesion mask; the key is left out when there is none.
        columns: what the table calls those, where it has other names.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES` that ``label`` counts in.

    Raises:
        InvalidInputError: for a value no vocabulary knows.
    """
    cells, names = row or {}, columns or {}

    def cell(field: str) -> tuple[str, str]:
        name = names.get(field, field)
        return cells.get(name, "").strip(), name

    def parsed(parse: Callable[..., Any], field: str) -> Any:
        value, name = cell(field)
        return parse(value, source=image_id, field=name)

    item: Item = {"image": str(image), "image_id": image_id}
    if mask is not None:
        item["mask"] = str(mask)
    dx = parsed(labels.parse_diagnosis, "dx")
    item |= {"lesion_id": cell("lesion_id")[0], "patient_id": cell("patient_id")[0], "dx": dx}
    if dx and vocabulary:
        item["label"] = labels.label_of(dx, vocabulary, source=image_id, field=cell("dx")[1])
    parsers = {"age": labels.parse_age, "sex": labels.parse_sex, "site": labels.parse_site}
    return item | {field: parsed(parse, field) for field, parse in parsers.items()}


def make_items(
    table: Path,
    rows: Iterable[Mapping[str, str]],
    build: Callable[[Mapping[str, str]], Item],
    problems: Problems | None,
) -> list[Item]:
    """Build an item from every row of a table.

    Args:
        problems: takes the errors of rows that cannot be used, and those rows are left out; without it the first
            such error is raised.

    Raises:
        InvalidInputError: naming the table and the row, the header being row 1.
    """
    items = []
    for number, row in enumerate(rows, start=2):
        try:
            items.append(build(row))
        except InvalidInputError as error:
            located = InvalidInputError(f"{table.name} row {number}, {error}", source=error.source, field=error.field)
            if problems is None:
                raise located from error
            problems.append(located)
    return items
