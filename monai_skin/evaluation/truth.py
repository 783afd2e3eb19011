# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The true diagnoses of images, from a table of codes or from the one-hot form of the ISIC challenges."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table
from monai_skin.labels import DIAGNOSES, parse_diagnosis

__all__ = ["ID_COLUMNS", "Truth", "column_of", "index_rows", "parse_truth", "read_truth"]

# what this package and the ISIC challenges call it, and a table of cases; the first that is there
ID_COLUMNS = ("image_id", "image", "case_id")
_UNKNOWN = "unk"  # the ISIC 2019 challenge's ninth class: none of the eight

Row = Mapping[str, str]


class Truth(NamedTuple):
    """What a table says of one image; ``lesion_id`` is empty where it does not say."""

    dx: str
    lesion_id: str = ""


def read_truth(path: str | os.PathLike[str]) -> dict[str, Truth]:
    """Read a truth table: ``image_id`` or ``image``, with a column ``dx`` or one column of 0 and 1 a class.

    The metadata of HAM10000 and the ground truth of ISIC 2018 and 2019 can be given as they are. A column
    ``lesion_id`` is used where there is one.

    Returns:
        Image id to truth.

    Raises:
        InvalidInputError: no such columns, an image that is missing or stands twice, a word that is no diagnosis, or a
            row that does not mark exactly one class.
    """
    name = Path(path).name
    rows = read_table(path)
    found = {}
    for image_id, (source, row) in index_rows(rows, name).items():
        code = _one_hot(row, source) if column_of(row, "dx") is None else parse_truth(row, source)
        found[image_id] = Truth(code, row.get("lesion_id", "").strip())
    return found


def column_of(row: Row, name: str) -> str | None:
    """The column of that name whatever its case, as it is written; None without one."""
    return next((column for column in row if column.casefold() == name), None)


def index_rows(rows: Sequence[Row], name: str) -> dict[str, tuple[str, Row]]:
    """Image id to the row's place for messages and the row.

    Raises:
        InvalidInputError: no column of ids, no row, or an id that is empty or stands twice.
    """
    if not rows:
        raise InvalidInputError.about(name, "table", "has no rows", expected="a row an image")
    column = next((column for column in (column_of(rows[0], one) for one in ID_COLUMNS) if column), None)
    if column is None:
        problem, wanted = (
            f"lacks {', '.join(ID_COLUMNS[:-1])} and {ID_COLUMNS[-1]}",
            f"one of them beside {', '.join(rows[0])}",
        )
        raise InvalidInputError.about(name, "header", problem, expected=wanted)
    found: dict[str, tuple[str, Row]] = {}
    for number, row in enumerate(rows, start=2):
        source, image_id = f"{name} row {number}", row[column].strip()
        if not image_id:
            raise InvalidInputError.about(source, f"column {column}", "is empty", expected="the id of an image")
        if image_id in found:
            problem = f"repeats {image_id!r} of {found[image_id][0].removeprefix(f'{name} ')}"
            raise InvalidInputError.about(source, f"column {column}", problem, expected="one row an image")
        found[image_id] = source, row
    return found


def parse_truth(row: Row, source: str) -> str:
    """The code in the column ``dx``; empty where the diagnosis is not known."""
    column = column_of(row, "dx") or "dx"
    return parse_diagnosis(row[column], source=source, field=f"column {column}")


def _one_hot(row: Row, source: str) -> str:
    """The code of the one class that is marked; empty where it is the class of unknown ones."""
    classes = {column.casefold(): row[column].strip() for column in row if column.casefold() in {*DIAGNOSES, _UNKNOWN}}
    if len(classes) < 2:
        wanted = "a column dx, or one column a class"
        raise InvalidInputError.about(source.partition(" row ")[0], "header", "lacks dx", expected=wanted)
    marked = [code for code, cell in classes.items() if _is_one(cell, code, source)]
    if len(marked) != 1:
        problem = f"mark {len(marked)} classes"
        raise InvalidInputError.about(source, "class columns", problem, expected="exactly one 1 among zeros")
    return "" if marked == [_UNKNOWN] else marked[0]


def _is_one(cell: str, code: str, source: str) -> bool:
    if cell not in {"0", "0.0", "1", "1.0"}:
        raise InvalidInputError.about(source, f"column {code}", f"is {cell!r}", expected="0 or 1")
    return cell in {"1", "1.0"}
