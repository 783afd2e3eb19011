# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks that need no file: labels, doubled rows, groups, classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from monai_skin import labels
from monai_skin.data.integrity.report import Finding
from monai_skin.data.items import Item
from monai_skin.data.splits import group_items

__all__ = ["check_classes", "check_copies", "check_doubles", "check_groups", "check_labels", "check_lesions"]


def check_labels(items: Sequence[Item], num_classes: int | None) -> Iterator[Finding]:
    """Diagnoses nobody knows, and class numbers outside the classes."""
    end = len(labels.DIAGNOSES) if num_classes is None else num_classes
    for item in items:
        dx, label = item.get("dx", ""), item.get("label", 0)
        if dx and dx not in labels.DIAGNOSES:
            expected = "a name in labels.DIAGNOSES, or empty"
            yield Finding.about(item["image_id"], "dx", "unknown_label", f"is {dx!r}", expected=expected)
        if isinstance(label, bool) or not isinstance(label, int) or not 0 <= label < end:
            expected = f"a whole number from 0 to {end - 1}"
            yield Finding.about(item["image_id"], "label", "unknown_label", f"is {label!r}", expected=expected)


def check_doubles(items: Sequence[Item]) -> Iterator[Finding]:
    """Two rows for one image, and whether they say the same."""
    rows = defaultdict(list)
    for number, item in enumerate(items, start=1):
        rows[item["image_id"]].append((number, item))
    for image_id, twins in rows.items():
        if len(twins) < 2:
            continue
        numbers = " and ".join(str(number) for number, _ in twins)
        first = twins[0][1]
        differing = sorted({key for _, item in twins for key in item if item[key] != first.get(key)})
        if differing:
            problem = f"differ in {', '.join(differing)} between items {numbers}"
            yield Finding.about(image_id, "rows", "conflicting_rows", problem, expected="one row per image")
        else:
            problem = f"are the same in items {numbers}"
            yield Finding.about(image_id, "rows", "duplicate_row", problem, expected="one row per image")


def check_lesions(items: Sequence[Item]) -> Iterator[Finding]:
    """Lesions that are called two things."""
    diagnoses: dict[str, dict[str, str]] = defaultdict(dict)
    for item in items:
        if item.get("lesion_id") and item.get("dx"):
            diagnoses[item["lesion_id"]].setdefault(item["dx"], item["image_id"])
    for lesion, found in diagnoses.items():
        if len(found) > 1:
            problem = "is " + " and ".join(f"{dx} in {image}" for dx, image in sorted(found.items()))
            yield Finding.about(lesion, "dx", "two_diagnoses_in_a_lesion", problem, expected="one diagnosis")


def check_groups(sections: Mapping[str, Sequence[Item]]) -> Iterator[Finding]:
    """Lesions and patients that stand in two sections, which makes a test worthless."""
    where: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for section, items in sections.items():
        for item in items:
            for field in ("lesion_id", "patient_id", "image_id"):
                if item.get(field):
                    where[field, item[field]].setdefault(section, item["image_id"])
    for (field, name), found in where.items():
        if len(found) > 1:
            problem = "is in " + " and ".join(f"{section} ({image})" for section, image in found.items())
            yield Finding.about(name, field, "group_in_two_sections", problem, expected="one section")


def check_classes(sections: Mapping[str, Sequence[Item]]) -> Iterator[Finding]:
    """Classes that a section has no image of, so that nothing can be said about them there."""
    items = [item for section in sections.values() for item in section]
    for dx in sorted({item["dx"] for item in items if item.get("dx")}):
        groups = len(group_items([item for item in items if item["dx"] == dx]))
        for section, members in sections.items():
            if members and all(item["dx"] != dx for item in members):
                problem = f"has no image in {section} ({groups} lesions or patients in all)"
                yield Finding.about(dx, "class", "class_absent", problem, expected="some in every section")


def check_copies(items: Sequence[Item]) -> Iterator[Finding]:
    """Images that say in their name that they repeat another one in a smaller size, as 2,074 of ISIC 2019 do."""
    for item in items:
        if item["image_id"].endswith("_downsampled"):
            expected = "the original alone, where both are used"
            yield Finding.about(
                item["image_id"], "image_id", "downsampled_copy", "is a smaller copy", expected=expected
            )
