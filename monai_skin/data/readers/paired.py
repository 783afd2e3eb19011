# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder of pairs: a clinical photograph and an ultrasound picture of each lesion, listed in ``pairs.csv``.

The columns are ``case_id``, ``patient_id``, ``clinical_path``, ``us_path`` and ``label``; paths count from the folder.
A case may have several rows, and a row may lack one of the two paths: each photograph of a case goes with each of its
ultrasound pictures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from monai_skin.data.files import has_columns
from monai_skin.data.items import Item, Problems, make_item
from monai_skin.errors import InvalidInputError, SkinError
from monai_skin.io import image_size, read_table
from monai_skin.labels import VOCABULARIES, label_of

__all__ = ["PAIRED_COLUMNS", "find_paired", "read_paired"]

PAIRED_COLUMNS = ("case_id", "patient_id", "clinical_path", "us_path", "label")
_TABLE = "pairs.csv"
_HALVES = {"clinical_path": "a clinical photograph", "us_path": "an ultrasound picture"}
Rows = Sequence[Mapping[str, str]]


def find_paired(folder: Path) -> bool:
    """Whether this is a folder of pairs."""
    table = folder / _TABLE
    return has_columns(table if table.is_file() else None, *PAIRED_COLUMNS)


def read_paired(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """Every pair of every case, in the table's order of cases: ``image`` and ``paired_image``.

    ``label`` may be a code or a name of :data:`monai_skin.labels.DIAGNOSES`. The number in the item's ``label`` counts
    in the vocabulary that has exactly the classes of the table; where none has, there is no number, and
    :func:`monai_skin.data.load_datalist` counts in the one it is told. ``age``, ``sex`` and ``site`` are used where the
    table has them, by the first row of a case.

    Args:
        problems: takes the errors of cases and pictures that cannot be used, each with its case id. Such a picture is
            left out; its case keeps the pairs of the others. Without it the first error is raised.

    Raises:
        InvalidInputError: when the folder holds no such table; a picture is missing or unreadable; a case has pictures
            of one kind only, or rows that contradict each other.
    """
    folder = Path(folder)
    table = folder / _TABLE
    if not table.is_file():
        expected = f"a table with the columns {', '.join(PAIRED_COLUMNS)}"
        raise InvalidInputError.about(folder.name, _TABLE, "was not found", expected=expected)
    cases = defaultdict(list)
    for row in read_table(table, required=PAIRED_COLUMNS):
        cases[row["case_id"].strip()].append(row)
    found: Problems = []
    items = [item for case_id, rows in cases.items() for item in _pairs(folder, case_id, rows, found)]
    if found and problems is None:
        raise found[0]
    if problems is not None:
        problems += found
    return _numbered(items)


def _pairs(folder: Path, case_id: str, rows: Rows, problems: Problems) -> Iterator[Item]:
    """The items of one case; what is wrong with it goes to ``problems``."""
    try:
        _check_agree(case_id, rows)
        halves = {column: list(_usable(folder, case_id, rows, column, problems)) for column in _HALVES}
        told = {problem.field for problem in problems if problem.source == case_id}
        for column, paths in halves.items():
            if not paths and column in told:
                return
            if not paths:
                problem, expected = "names no picture in any row", f"{_HALVES[column]} beside the other"
                raise InvalidInputError.about(case_id, column, problem, expected=expected)
        clinical, depth = halves.values()
        columns = {"dx": "label"}
        for one, image in enumerate(clinical, start=1):
            for other, paired in enumerate(depth, start=1):
                cells = {**rows[0], "lesion_id": case_id}
                item = make_item(folder / image, f"{case_id}_{one}_{other}", cells, columns=columns)
                second = {"paired_image": str(folder / paired), "paired_modality": "ultrasound"}
                yield item | {"case_id": case_id} | second
    except InvalidInputError as error:
        problems.append(error)


def _check_agree(case_id: str, rows: Rows) -> None:
    if not case_id:
        raise InvalidInputError.about(_TABLE, "case_id", "is empty in a row", expected="a name for every case")
    for column in ("patient_id", "label"):
        values = sorted({row[column].strip() for row in rows})
        if len(values) > 1:
            problem = f"is {' and '.join(map(repr, values))}"
            raise InvalidInputError.about(case_id, column, problem, expected="the same in every row of the case")


def _usable(folder: Path, case_id: str, rows: Rows, column: str, problems: Problems) -> Iterator[str]:
    """The pictures of one kind that are there and whose header can be read, each once."""
    for name in dict.fromkeys(row[column].strip() for row in rows if row[column].strip()):
        path = folder / name
        try:
            if not path.is_file():
                raise InvalidInputError.about(case_id, column, f"{path.name} does not exist", expected="a file")
            image_size(path)
        except SkinError as error:
            text = str(error) if case_id in str(error) else f"{case_id}: {column} is unreadable ({error})"
            problems.append(InvalidInputError(text, source=case_id, field=column))
        else:
            yield name


def _numbered(items: Sequence[Item]) -> list[Item]:
    classes = {item["dx"] for item in items} - {""}
    vocabulary = next((name for name, codes in VOCABULARIES.items() if classes == set(codes)), None)
    if vocabulary is None:
        return list(items)
    return [item | ({"label": label_of(item["dx"], vocabulary)} if item["dx"] else {}) for item in items]
