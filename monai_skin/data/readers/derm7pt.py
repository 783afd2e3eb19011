# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Derm7pt: a clinical photograph and a dermoscopic picture of every lesion, five groups of diagnoses.

Kawahara et al., IEEE Journal of Biomedical and Health Informatics 2019, https://doi.org/10.1109/JBHI.2018.2824327.
Understood is ``release_v0``: ``images/``, ``meta/meta.csv`` and, where they are, ``meta/train_indexes.csv``,
``valid_indexes.csv`` and ``test_indexes.csv``, whose column ``indexes`` counts the rows of ``meta.csv`` from 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from monai_skin.data.files import has_columns
from monai_skin.data.items import Item, Problems, make_item, make_items
from monai_skin.data.splits import group_items
from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.io import read_table

__all__ = ["find_derm7pt", "read_derm7pt"]

_GROUPS = {
    "bcc": ("basal cell carcinoma",),
    "nv": (
        "blue nevus",
        "clark nevus",
        "combined nevus",
        "congenital nevus",
        "dermal nevus",
        "recurrent nevus",
        "reed or spitz nevus",
    ),
    "mel": (
        "melanoma",
        "melanoma (0.76 to 1.5 mm)",
        "melanoma (in situ)",
        "melanoma (less than 0.76 mm)",
        "melanoma (more than 1.5 mm)",
        "melanoma metastasis",
    ),
    "misc": ("dermatofibroma", "lentigo", "melanosis", "miscellaneous", "vascular lesion"),
    "sk": ("seborrheic keratosis",),
}
_GROUP_OF = {diagnosis: group for group, diagnoses in _GROUPS.items() for diagnosis in diagnoses}
_SITES = {
    "buttocks": "",  # no site of the vocabulary
    "genital areas": "genital",
    "head neck": "head/neck",
    "lower limbs": "lower extremity",
    "upper limbs": "upper extremity",
}
_SECTIONS = {"training": "train_indexes.csv", "validation": "valid_indexes.csv", "test": "test_indexes.csv"}
_PUBLISHED = {"training": 413, "validation": 203, "test": 395}


def find_derm7pt(folder: Path) -> bool:
    """Whether this is a folder of Derm7pt."""
    table = _table(folder)
    return has_columns(table if table.is_file() else None, "case_num", "diagnosis", "clinic", "derm")


def read_derm7pt(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """Every row of the table as a pair: ``image`` is the photograph, and dermoscopy stands in for ultrasound.

    The dermoscopic picture is under the key ``paired_image``, and ``paired_modality`` says ``dermoscopy``.

    Rows that name the same photograph or the same dermoscopic picture have one ``patient_id``, that of the first of
    them by name. ``section`` is the published one where the lists of indexes are there; they are not changed, so
    verify them.

    Args:
        problems: takes the errors of unusable rows; without it the first is raised.

    Raises:
        InvalidInputError: when the folder holds no such table, or a value is outside its vocabulary.
        IntegrityError: a row stands in none or in two of the lists of indexes, or the lists of the whole data set have
            other lengths than the published 413, 203 and 395.
    """
    folder = Path(folder)
    table = _table(folder)
    if not table.is_file():
        problem, expected = "was not found", "the table of Derm7pt's release_v0 in this folder"
        raise InvalidInputError.about(folder.name, "meta/meta.csv", problem, expected=expected)
    rows = read_table(table, required=("case_num", "diagnosis", "clinic", "derm"))
    places = zip(rows, _patients(rows), _sections(folder, len(rows)), strict=True)
    known = [{**row, "patient_id": patient, "section": section} for row, patient, section in places]
    return make_items(table, known, lambda row: _item(folder / "images", row), problems)


def _table(folder: Path) -> Path:
    return folder / "meta" / "meta.csv"


def _item(images: Path, row: Mapping[str, str]) -> Item:
    case_id, site = row["case_num"].strip(), row.get("location", "").strip().lower()
    for column in ("clinic", "derm"):
        if not row[column].strip():
            raise InvalidInputError.about(case_id, column, "is empty", expected="the name of a picture")
    cells = {
        "lesion_id": case_id,
        "patient_id": row["patient_id"],
        "dx": _group(row["diagnosis"], case_id),
        "sex": row.get("sex", ""),
        "location": _SITES.get(site, site),
    }
    item = make_item(
        images / row["clinic"].strip(), f"case_{case_id}", cells, columns={"site": "location"}, vocabulary="derm7pt"
    )
    item |= {"case_id": case_id, "paired_image": str(images / row["derm"].strip()), "paired_modality": "dermoscopy"}
    return item | ({"section": row["section"]} if row["section"] else {})


def _group(diagnosis: str, case_id: str) -> str:
    word = diagnosis.strip().lower()
    if word not in _GROUP_OF:
        expected = f"one of {', '.join(_GROUP_OF)}"
        raise InvalidInputError.about(case_id, "diagnosis", f"is {diagnosis!r}", expected=expected)
    return _GROUP_OF[word]


def _patients(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """The case a row goes with: its own, or the first by name of those it shares a picture with."""
    links = [
        {
            "image_id": f"{number}/{column}",
            "lesion_id": row["case_num"].strip(),
            "patient_id": row[column].strip().casefold(),
        }
        for number, row in enumerate(rows)
        for column in ("clinic", "derm")
    ]
    groups = group_items(links).values()
    first = {link["lesion_id"]: min(one["lesion_id"] for one in group) for group in groups for link in group}
    return [first[row["case_num"].strip()] for row in rows]


def _sections(folder: Path, count: int) -> list[str]:
    """The published section of each row; empty texts where the lists of indexes are not there."""
    lists = {section: folder / "meta" / name for section, name in _SECTIONS.items()}
    missing = [path.name for path in lists.values() if not path.is_file()]
    if len(missing) == len(lists):
        return [""] * count
    if missing:
        raise IntegrityError.about(
            folder.name, "meta", f"lacks {', '.join(missing)}", expected="all three lists, or none"
        )
    found = [(index, section) for section, path in lists.items() for index in _indexes(path)]
    times = Counter(index for index, _ in found)
    odd = sorted(index for index in {*times, *range(count)} if times[index] != 1 or index >= count)
    if odd:
        problem = f"name row {odd[0]} {times[odd[0]]} times"
        raise IntegrityError.about(
            folder.name, "lists of indexes", problem, expected=f"each row from 0 to {count - 1} once"
        )
    sizes = Counter(section for _, section in found)
    if count == sum(_PUBLISHED.values()) and sizes != _PUBLISHED:
        problem = f"hold {', '.join(str(sizes[section]) for section in _PUBLISHED)} rows"
        expected = f"the published {', '.join(map(str, _PUBLISHED.values()))}"
        raise IntegrityError.about(folder.name, "lists of indexes", problem, expected=expected)
    section_of = dict(found)
    return [section_of[index] for index in range(count)]


def _indexes(path: Path) -> list[int]:
    cells = [row["indexes"].strip() for row in read_table(path, required=("indexes",))]
    for number, cell in enumerate(cells, start=2):
        if not cell.isdecimal():
            problem, expected = f"is {cell!r}", "the number of a row, the first being 0"
            raise InvalidInputError.about(f"{path.name} row {number}", "indexes", problem, expected=expected)
    return [int(cell) for cell in cells]
