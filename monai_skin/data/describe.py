# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Count what is in a data set: classes, lesions, persons, what is missing, and how it is shared out.

Every result is made of plain values for JSON. A cross table has ``values``, ``images`` (how many have each value) and
``by_class`` (the same for each class); shares are of 1. A class without a name is called ``unknown``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from monai_skin.data.integrity.rows import check_groups, check_lesions
from monai_skin.data.items import Item
from monai_skin.errors import InvalidInputError
from monai_skin.labels import DIAGNOSES, SEXES, SKIN_TYPES, UNKNOWN, parse_age

__all__ = ["AGE_DECADES", "describe_items", "describe_sections", "distinct_items", "share_of"]

AGE_DECADES = (*(f"{start}–{start + 9}" for start in range(0, 90, 10)), "90+", UNKNOWN)
_LARGEST = 10
_TEXTS = ("image", "image_id", "lesion_id", "patient_id", "dx", "sex", "site", "fitzpatrick", "age_group")


def distinct_items(items: Sequence[Item]) -> list[Item]:
    """Each image once, by the first of its rows: a ``dataset.json`` may name one in two sections.

    Raises:
        InvalidInputError: an age that is no age, or another field that is no text, as in a list written by hand.
    """
    first: dict[tuple[str, str], Item] = {}
    for number, item in enumerate(items, start=1):
        for field in _TEXTS:
            if not isinstance(item.get(field, ""), str):
                problem = f"is {type(item[field]).__name__}"
                raise InvalidInputError.about(f"item {number}", field, problem, expected="text")
        age = parse_age(item.get("age"), source=item["image_id"])
        first.setdefault((item["image_id"], item["image"]), {**item, "age": age})
    return list(first.values())


def describe_items(items: Sequence[Item], dx_types: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Everything that can be counted without opening a picture.

    Args:
        items: a datalist that names each image once, as :func:`distinct_items` gives it.
        dx_types: how the diagnosis of an image id was made; ``None`` where the data set does not say.

    Returns:
        ``images``, ``lesions`` and ``patients`` (``None`` where no image names one; an image that names none counts as
        a lesion of its own), ``classes``, ``images_per_lesion``, ``several_images``, ``dx_type``, ``age``, ``sex``,
        ``site``, ``fitzpatrick`` and ``age_group`` (``None`` where no image has one), ``missing``.
    """
    return {
        "images": len(items),
        "lesions": _count_groups(items, "lesion_id"),
        "patients": _count_groups(items, "patient_id"),
        "classes": _classes(items),
        "images_per_lesion": _images_per_lesion(items),
        "several_images": _several_images(items),
        "dx_type": None if dx_types is None else _dx_types(items, dx_types),
        "age": _cross(items, _age_band, AGE_DECADES),
        "sex": _cross(items, lambda item: _named(item, "sex"), SEXES),
        "site": _cross(items, lambda item: _named(item, "site"), _most_first(items, "site")),
        "fitzpatrick": _where_given(items, "fitzpatrick", (*SKIN_TYPES, UNKNOWN)),
        "age_group": _where_given(items, "age_group", sorted({_named(item, "age_group") for item in items})),
        "missing": _missing(items),
    }


def describe_sections(sections: Mapping[str, Sequence[Item]]) -> dict[str, Any]:
    """How a data set is shared out, and whether a lesion, a person or an image stands in two sections.

    Returns:
        ``sections``, each with ``name``, ``images``, ``share``, ``lesions``, ``classes`` (images of each) and
        ``class_shares`` (of that section); ``overlap``, with how many ``lesions``, ``patients`` and ``images`` are in
        two sections and a sentence on each in ``found``.
    """
    order = _class_order([item for members in sections.values() for item in members])
    total = sum(map(len, sections.values()))
    found = list(check_groups(sections))
    fields = Counter(finding.field for finding in found)
    return {
        "sections": [_section(name, members, order, total) for name, members in sections.items()],
        "overlap": {
            "lesions": fields["lesion_id"],
            "patients": fields["patient_id"],
            "images": fields["image_id"],
            "found": [finding.text for finding in found],
        },
    }


def share_of(count: int, total: int) -> float:
    """``count`` of ``total``, to six decimals; 0 of nothing is 0."""
    return round(count / total, 6) if total else 0.0


def _named(item: Item, field: str) -> str:
    return str(item.get(field) or UNKNOWN)


def _class_of(item: Item) -> str:
    return _named(item, "dx")


def _class_order(items: Sequence[Item]) -> list[str]:
    """The classes that occur: the known ones as the vocabulary has them, then others, then those without a name."""
    names = list(DIAGNOSES)
    return sorted({_class_of(item) for item in items}, key=lambda dx: (dx == UNKNOWN, dx not in names, dx))


def _count_groups(items: Sequence[Item], field: str) -> int | None:
    named = {item[field] for item in items if item.get(field)}
    return len(named) + sum(not item.get(field) for item in items) if named else None


def _classes(items: Sequence[Item]) -> list[dict[str, Any]]:
    members = defaultdict(list)
    for item in items:
        members[_class_of(item)].append(item)
    return [
        {
            "dx": dx,
            "name": DIAGNOSES[dx].name if dx in DIAGNOSES else dx,
            "images": len(members[dx]),
            "share": share_of(len(members[dx]), len(items)),
            "lesions": _count_groups(members[dx], "lesion_id"),
        }
        for dx in _class_order(items)
    ]


def _lesion_sizes(items: Sequence[Item]) -> Counter[str]:
    return Counter(item["lesion_id"] for item in items if item.get("lesion_id"))


def _images_per_lesion(items: Sequence[Item]) -> list[dict[str, int]]:
    """How many lesions have one image, how many two, ...; of the lesions that are named."""
    sizes = Counter(_lesion_sizes(items).values())
    return [{"images": images, "lesions": sizes[images]} for images in sorted(sizes)]


def _several_images(items: Sequence[Item]) -> dict[str, Any]:
    sizes = [(lesion, count) for lesion, count in _lesion_sizes(items).items() if count > 1]
    largest = sorted(sizes, key=lambda pair: (-pair[1], pair[0]))[:_LARGEST]
    return {
        "lesions": len(sizes),
        "images": sum(count for _, count in sizes),
        "largest": [{"lesion_id": lesion, "images": count} for lesion, count in largest],
        "two_diagnoses": [finding.text for finding in check_lesions(items)],
    }


def _dx_types(items: Sequence[Item], dx_types: Mapping[str, str]) -> dict[str, Any]:
    counts = Counter(dx_types.get(item["image_id"]) or UNKNOWN for item in items)
    return _cross(items, lambda item: dx_types.get(item["image_id"]) or UNKNOWN, _by_count(counts))


def _most_first(items: Sequence[Item], field: str) -> list[str]:
    return _by_count(Counter(_named(item, field) for item in items))


def _by_count(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda name: (name == UNKNOWN, -counts[name], name))


def _age_band(item: Item) -> str:
    return UNKNOWN if item["age"] is None else AGE_DECADES[min(int(item["age"] // 10), 9)]


def _cross(items: Sequence[Item], value_of: Callable[[Item], str], order: Sequence[str]) -> dict[str, Any]:
    counts = Counter((_class_of(item), value_of(item)) for item in items)
    others = sorted({value for _, value in counts} - set(order))
    values, classes = [*order, *others], _class_order(items)
    by_class = {dx: [counts[dx, value] for value in values] for dx in classes}
    return {
        "values": values,
        "images": [sum(counts[dx, value] for dx in classes) for value in values],
        "by_class": by_class,
    }


def _where_given(items: Sequence[Item], field: str, order: Sequence[str]) -> dict[str, Any] | None:
    return _cross(items, lambda item: _named(item, field), order) if any(item.get(field) for item in items) else None


def _missing(items: Sequence[Item]) -> list[dict[str, Any]]:
    classes = _class_order(items)
    rows = []
    for field in ("age", "sex", "site"):
        absent = Counter(_class_of(item) for item in items if item.get(field) in (None, "", UNKNOWN))
        count = absent.total()
        by_class = {dx: absent[dx] for dx in classes}
        rows.append({"field": field, "images": count, "share": share_of(count, len(items)), "by_class": by_class})
    return rows


def _section(name: str, members: Sequence[Item], order: Sequence[str], total: int) -> dict[str, Any]:
    counts = Counter(map(_class_of, members))
    return {
        "name": name,
        "images": len(members),
        "share": share_of(len(members), total),
        "lesions": _count_groups(members, "lesion_id"),
        "classes": {dx: counts[dx] for dx in order},
        "class_shares": {dx: share_of(counts[dx], len(members)) for dx in order},
    }
