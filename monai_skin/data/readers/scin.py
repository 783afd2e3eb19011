# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""SCIN: photographs that people took of their own skin, the five conditions with the most cases.

Ward et al., JAMA Network Open 2024, https://arxiv.org/abs/2402.18545; the five classes as in Hu et al., WACV 2025,
https://arxiv.org/abs/2409.09520. Understood is the published form: ``scin_cases.csv``, ``scin_labels.csv`` and
``images/``, in the folder itself or in ``dataset/``.
"""

from __future__ import annotations

import ast
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from monai_skin.data.items import Item, Problems, make_item, make_items
from monai_skin.data.splits import group_items
from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.io import read_table, sha256_of
from monai_skin.labels import SKIN_TYPES, UNKNOWN

__all__ = ["ScinSelection", "find_scin", "read_scin", "select_scin"]

_CLASSES = {
    "eczema": "eczema",
    "allergic contact dermatitis": "acd",
    "urticaria": "urticaria",
    "insect bite": "insect_bite",
    "psoriasis": "psoriasis",
}
_SITES = {
    "body_parts_head_or_neck": "head/neck",
    "body_parts_arm": "upper extremity",
    "body_parts_palm": "palms/soles",
    "body_parts_back_of_hand": "hand",
    "body_parts_torso_front": "anterior torso",
    "body_parts_torso_back": "posterior torso",
    "body_parts_genitalia_or_groin": "genital",
    "body_parts_buttocks": UNKNOWN,  # no site of the vocabulary
    "body_parts_leg": "lower extremity",
    "body_parts_foot_top_or_side": "foot",
    "body_parts_foot_sole": "palms/soles",
    "body_parts_other": UNKNOWN,
}
_AGE_GROUPS = {
    **{
        f"AGE_{start}_TO_{end}": f"{start}–{end}" for start, end in ((18, 29), *((n, n + 9) for n in range(30, 80, 10)))
    },
    "AGE_80_OR_ABOVE": "80+",
    "AGE_UNKNOWN": UNKNOWN,
    "": UNKNOWN,
}
_PATHS = ("image_1_path", "image_2_path", "image_3_path")
_SKIN_TYPES = tuple(f"dermatologist_fitzpatrick_skin_type_label_{number}" for number in (1, 2, 3))
_WEIGHTS = "weighted_skin_condition_label"
_LONGEST = 10_000


class ScinSelection(NamedTuple):
    """What is used of SCIN, and how much is not.

    Args:
        items: one per picture.
        classes: cases and pictures of each class, before pictures that are there twice are left out.
        left_out: how many cases or pictures, by the reason.
    """

    items: list[Item]
    classes: dict[str, tuple[int, int]]
    left_out: dict[str, int]


def find_scin(folder: Path) -> bool:
    """Whether this is a folder of SCIN."""
    return all((_root(folder) / name).is_file() for name in ("scin_cases.csv", "scin_labels.csv"))


def read_scin(folder: str | Path, problems: Problems | None = None) -> list[Item]:
    """The pictures of the five classes, as :func:`select_scin` chooses them."""
    return select_scin(folder, problems).items


def select_scin(folder: str | Path, problems: Problems | None = None) -> ScinSelection:
    """Choose the cases of the five classes, and of each its up to three pictures.

    A case is of the condition with the largest weight; where two share it, the case is left out. Of a picture that
    several cases of one class show, the first is kept; of one that is called two things, none. Cases that share a
    picture have one ``patient_id``, which otherwise is the ``case_id``, and so is ``lesion_id``.

    The age is published as a group, so ``age`` is ``None`` and ``age_group`` holds it, such as ``30–39``.
    ``fitzpatrick`` is what most of the dermatologists estimated, and unknown where they are divided. ``site`` is
    unknown where a person named several places.

    Args:
        problems: takes the errors of unusable rows; without it the first is raised.

    Raises:
        InvalidInputError: a table is missing, or a value in it is unusable.
        IntegrityError: the two tables do not list the same cases.
    """
    folder = Path(folder)
    root = _root(folder)
    if not find_scin(folder):
        problem, expected = "are not both there", "scin_cases.csv and scin_labels.csv in this folder or in dataset/"
        raise InvalidInputError.about(folder.name, "tables", problem, expected=expected)
    table = root / "scin_labels.csv"
    labels = read_table(table, required=("case_id", _WEIGHTS, *_SKIN_TYPES))
    columns = ("case_id", "age_group", "sex_at_birth", *_SITES, *_PATHS)
    rows = {row["case_id"]: row for row in read_table(root / "scin_cases.csv", required=columns)}
    _check_same_cases(set(rows), {row["case_id"] for row in labels})
    cases = make_items(table, labels, lambda row: _case({**rows[row["case_id"]], **row}, root), problems)
    left_out = Counter(case["left_out"] for case in cases if case["left_out"])
    labelled = [case for case in cases if case["conditions"]]
    chosen = [case for case in labelled if not case["left_out"]]
    pictures, repeats = _without_repeats(labelled)
    classes: dict[str, tuple[int, int]] = {}
    for dx in _CLASSES.values():
        members = [case for case in chosen if case["item"]["dx"] == dx]
        classes[dx] = len(members), sum(len(case["paths"]) for case in members)
    items = [
        {**case["item"], "image": str(path), "image_id": path.stem, "patient_id": patient}
        for case, path, patient in pictures
        if not case["left_out"]
    ]
    return ScinSelection(items, classes, {**left_out, **repeats})


def _root(folder: Path) -> Path:
    return folder / "dataset" if (folder / "dataset" / "scin_cases.csv").is_file() else folder


def _check_same_cases(cases: set[str], labels: set[str]) -> None:
    different = sorted(cases ^ labels)
    if different:
        problem = f"differ in {len(different)} cases: {', '.join(different[:5])}"
        raise IntegrityError.about("SCIN", "tables", problem, expected="the same cases in both")


def _case(row: Mapping[str, str], root: Path) -> Item:
    """What is said of one case: its item without a picture, its pictures, and why it is left out."""
    case_id = row["case_id"]
    conditions = _heaviest(row[_WEIGHTS], case_id)
    dx = _CLASSES.get(conditions[0].casefold(), "") if len(conditions) == 1 else ""
    paths = [_picture(root, row[column].strip()) for column in _PATHS if row[column].strip()]
    sites = {site for column, site in _SITES.items() if row[column].strip().upper() == "YES"}
    cells = {
        "lesion_id": case_id,
        "dx": dx,
        "sex_at_birth": row["sex_at_birth"].strip().upper().replace("OTHER_OR_UNSPECIFIED", ""),
        "site": sites.pop() if len(sites) == 1 else "",
    }
    item = make_item("", case_id, cells, columns={"sex": "sex_at_birth"}, vocabulary="scin")
    item |= {"case_id": case_id, "age_group": _age_group(row), "fitzpatrick": _skin_type(row, case_id)}
    reason = ""
    if len(conditions) != 1:
        reason = "cases whose largest weight is shared" if conditions else "cases without a condition"
    elif not dx:
        reason = "cases of other conditions"
    elif not paths:
        reason = "cases without a picture"
    return {"item": item, "paths": paths, "conditions": conditions, "left_out": reason}


def _heaviest(text: str, case_id: str) -> list[str]:
    """The conditions with the largest weight; none when the case has no condition.

    The cell is a dictionary as Python prints one. ``literal_eval`` reads such a literal and runs nothing.
    """
    if not text.strip():
        return []
    expected = "a dictionary of conditions and weights above 0, such as {'Eczema': 0.6, 'Psoriasis': 0.4}"
    try:
        weights = ast.literal_eval(text.strip()) if len(text) <= _LONGEST else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        weights = None
    if not isinstance(weights, dict) or not all(_is_weight(name, value) for name, value in weights.items()):
        raise InvalidInputError.about(case_id, _WEIGHTS, f"is {text[:60]!r}", expected=expected)
    largest = max(weights.values(), default=0)
    return [name.strip() for name, value in weights.items() if value == largest]


def _is_weight(name: object, value: object) -> bool:
    return isinstance(name, str) and type(value) in (int, float) and 0 < float(str(value)) < math.inf


def _picture(root: Path, name: str) -> Path:
    """Where a picture is; the table names it from the top of the published folder, ``dataset/images/…``."""
    places = (root.parent / name, root / name, root / "images" / Path(name).name)
    return next((place for place in places if place.is_file()), places[-1])


def _age_group(row: Mapping[str, str]) -> str:
    group = row["age_group"].strip().upper()
    if group not in _AGE_GROUPS:
        expected = f"one of {', '.join(name for name in _AGE_GROUPS if name)}, or empty"
        raise InvalidInputError.about(row["case_id"], "age_group", f"is {row['age_group']!r}", expected=expected)
    return _AGE_GROUPS[group]


def _skin_type(row: Mapping[str, str], case_id: str) -> str:
    types = {f"FST{number}": name for number, name in enumerate(SKIN_TYPES, 1)}
    votes: Counter[str] = Counter()
    for column in _SKIN_TYPES:
        word = row[column].strip().upper()
        if word and word not in types:
            raise InvalidInputError.about(case_id, column, f"is {row[column]!r}", expected="FST1 to FST6, or empty")
        votes.update([types[word]] if word else [])
    most = [name for name, count in votes.items() if count == max(votes.values())]
    return most[0] if len(most) == 1 else UNKNOWN


def _without_repeats(cases: Sequence[Item]) -> tuple[list[tuple[Item, Path, str]], dict[str, int]]:
    """Every picture once, with its case and patient, and how many pictures of the chosen classes were left out."""
    shots = [(case, path) for case in cases for path in case["paths"]]
    same = _same_pictures([path for _, path in shots])
    together = defaultdict(list)
    for shot, (_, path) in enumerate(shots):
        together[same[path]].append(shot)
    links = [
        {"image_id": str(shot), "lesion_id": case["item"]["case_id"], "patient_id": str(same[path])}
        for shot, (case, path) in enumerate(shots)
    ]
    patients = {
        link["image_id"]: min(one["lesion_id"] for one in group)
        for group in group_items(links).values()
        for link in group
    }
    kept, repeats = [], Counter({"pictures that are there twice": 0, "pictures of two conditions": 0})
    for members in together.values():
        ambiguous = len({name.casefold() for shot in members for name in shots[shot][0]["conditions"]}) > 1
        kept += [] if ambiguous else members[:1]
        reason = "pictures of two conditions" if ambiguous else "pictures that are there twice"
        others = members if ambiguous else members[1:]
        repeats[reason] += sum(not shots[shot][0]["left_out"] for shot in others)
    found = [(*shots[shot], patients[str(shot)]) for shot in sorted(kept)]
    return found, {reason: count for reason, count in repeats.items() if count}


def _same_pictures(paths: Sequence[Path]) -> dict[Path, Path]:
    """Each path with the first that holds the same bytes; only files of one length are read."""
    by_size = defaultdict(list)
    for path in dict.fromkeys(paths):
        by_size[path.stat().st_size if path.is_file() else None].append(path)
    first = {path: path for path in paths}
    for size, alike in by_size.items():
        found: dict[str, Path] = {}
        for path in alike if size is not None and len(alike) > 1 else ():
            first[path] = found.setdefault(sha256_of(path), path)
    return first
