# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whose skin each image shows: age, sex, body site, skin type and patient, read from a table."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation.truth import Row, column_of, index_rows
from monai_skin.io import read_table
from monai_skin.labels import UNKNOWN, parse_age, parse_sex, parse_site, parse_skin_type

__all__ = ["PERSON_COLUMNS", "Person", "read_people"]

# what the tables of HAM10000 and of the ISIC Archive call each; the first that is there is read
PERSON_COLUMNS = {
    "age": ("age", "age_approx"),
    "sex": ("sex",),
    "site": ("site", "localization", "anatom_site_general"),
    "fitzpatrick": ("fitzpatrick", "fitzpatrick_skin_type", "fst"),
    "patient_id": ("patient_id",),
}


class Person(NamedTuple):
    """What is known of the person in an image, and of the place on the body.

    Args:
        age: in years, None where it is missing.
        sex: ``"female"``, ``"male"`` or ``"unknown"``.
        site: a name of :data:`monai_skin.labels.SITES`.
        fitzpatrick: one of :data:`monai_skin.labels.SKIN_TYPES`, or ``"unknown"``.
        patient_id: empty where it is not known.
    """

    age: float | None = None
    sex: str = UNKNOWN
    site: str = UNKNOWN
    fitzpatrick: str = UNKNOWN
    patient_id: str = ""


def read_people(path: str | os.PathLike[str]) -> dict[str, Person]:
    """Read a table with a row an image: ``image_id`` or ``image`` and any of the :data:`PERSON_COLUMNS`, in any case.

    The metadata of HAM10000, of ISIC 2019 and of the ISIC Archive can be given as they are. An empty cell is unknown;
    a column that is not there makes its attribute unknown for all.

    Returns:
        Image id to person.

    Raises:
        InvalidInputError: none of the columns is there, an image is missing or stands twice, or a value is misspelt;
            naming row and column.
    """
    name = Path(path).name
    rows = index_rows(read_table(path), name)
    header = next(iter(rows.values()))[1]
    columns = {field: _column(header, names) for field, names in PERSON_COLUMNS.items()}
    if not any(columns.values()):
        wanted = f"one of them beside {', '.join(header)}"
        raise InvalidInputError.about(name, "header", f"lacks {', '.join(columns)}", expected=wanted)

    def parsed(parse: Callable[..., Any], field: str, row: Row, source: str) -> Any:
        column = columns[field]
        return parse("" if column is None else row[column], source=source, field=f"column {column}")

    return {
        image_id: Person(
            age=parsed(parse_age, "age", row, source),
            sex=parsed(parse_sex, "sex", row, source),
            site=parsed(parse_site, "site", row, source),
            fitzpatrick=parsed(parse_skin_type, "fitzpatrick", row, source),
            patient_id=parsed(_id, "patient_id", row, source),
        )
        for image_id, (source, row) in rows.items()
    }


def _column(header: Row, names: tuple[str, ...]) -> str | None:
    return next((column for column in (column_of(header, one) for one in names) if column), None)


def _id(value: str, **_: str) -> str:
    return value.strip()
