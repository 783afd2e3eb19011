# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pairs to be diagnosed, from a table that need not know what they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from monai_skin.data.items import Item
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_table

__all__ = ["list_pairs"]

_TABLE = "pairs.csv"
_CASE, _COLUMNS = "case_id", ("clinical_path", "us_path")


def list_pairs(table: str | Path) -> list[Item]:
    """List the pairs of every case, in the table's order of cases.

    A case may have several rows; each photograph goes with each ultrasound picture. No file is looked at: a case that
    lacks a half, or has one that does not exist or cannot be read, is listed as well, so that a run can set it aside
    and name it.

    Args:
        table: a CSV file with the columns ``case_id``, ``clinical_path`` and ``us_path``, the paths relative to it; or
            the folder that holds it as ``pairs.csv``. ``patient_id`` and ``label`` may be there, and are not needed.

    Returns:
        Items with ``image`` and ``paired_image``, empty where the case has no such picture, ``file``, ``case_id``,
        ``lesion_id``, which is the same, ``patient_id``, and a unique ``image_id``: the case and the numbers of the two
        pictures within it, 0 for none.

    Raises:
        UsageError: the table does not exist, or lists no case.
        InvalidInputError: it lacks a column, or a row has no case.
    """
    path = Path(table)
    path = path / _TABLE if path.is_dir() else path
    if not path.is_file():
        raise UsageError(f"{path.name}: does not exist; expected a table of pairs, or a folder with {_TABLE}")
    cases = defaultdict(list)
    for number, row in enumerate(read_table(path, required=(_CASE, *_COLUMNS)), start=2):
        case_id = row[_CASE].strip()
        if not case_id:
            source = f"{path.name} row {number}"
            raise InvalidInputError.about(source, _CASE, "is empty", expected="a name for every case")
        cases[case_id].append(row)
    if not cases:
        raise UsageError(f"{path.name}: lists no case; expected a row for every pair")
    return [item for case_id, rows in cases.items() for item in _pairs(path.parent, case_id, rows)]


def _pairs(folder: Path, case_id: str, rows: Sequence[Mapping[str, str]]) -> Iterator[Item]:
    photographs, scans = (_numbered(row[column].strip() for row in rows) for column in _COLUMNS)
    patient_id = rows[0].get("patient_id", "").strip()
    for one, photograph in photographs:
        for other, scan in scans:
            image, paired = (str(folder / name) if name else "" for name in (photograph, scan))
            yield {
                "image": image,
                "image_id": f"{case_id}_{one}_{other}",
                "file": image or paired,
                "paired_image": paired,
                "paired_modality": "ultrasound",
                "case_id": case_id,
                "lesion_id": case_id,
                "patient_id": patient_id,
            }


def _numbered(names: Iterator[str]) -> list[tuple[int, str]]:
    """Each name once, from 1; a single empty one, 0, where there is none."""
    return list(enumerate(dict.fromkeys(name for name in names if name), start=1)) or [(0, "")]
