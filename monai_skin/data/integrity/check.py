# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Run every check over a datalist and collect what they find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monai_skin.data.integrity.files import check_files
from monai_skin.data.integrity.pictures import check_pictures
from monai_skin.data.integrity.report import Finding, Report
from monai_skin.data.integrity.rows import (
    check_classes,
    check_copies,
    check_doubles,
    check_groups,
    check_labels,
    check_lesions,
)
from monai_skin.data.items import Item
from monai_skin.errors import InvalidInputError

__all__ = ["check_dataset"]


def check_dataset(
    data: Sequence[Item] | Mapping[str, Sequence[Item]],
    *,
    problems: Sequence[InvalidInputError] = (),
    num_classes: int | None = None,
    pictures: bool = True,
    max_distance: int = 14,
    progress: bool = True,
) -> Report:
    """Report every problem of a data set at once; nothing is raised for what is found.

    Args:
        data: a datalist, or one datalist per section, which adds the checks between sections.
        problems: rows that a reader could not use, as :func:`monai_skin.data.read_dataset` collects them.
        num_classes: ``label`` must be below it.
        pictures: open every picture; without, only names and tables are looked at, which takes a second.
        max_distance: differing bits of 144 up to which two pictures count as near duplicates.
        progress: show a bar.
    """
    sections = data if isinstance(data, Mapping) else {}
    items = [item for section in sections.values() for item in section] if sections else list(_plain(data))
    findings = [Finding(error.source, error.field, "unusable_row", str(error)) for error in problems]
    findings += check_labels(items, num_classes)
    findings += [*check_doubles(items), *check_lesions(items), *check_copies(items)]
    findings += [*check_groups(sections), *check_classes(sections)]
    findings += check_files(items)
    if pictures:
        places = {item["image_id"]: section for section, members in sections.items() for item in members}
        findings += check_pictures(items, places, progress=progress, max_distance=max_distance)
    return Report(len(items), tuple(findings))


def _plain(data: Sequence[Item] | Mapping[str, Sequence[Item]]) -> Sequence[Item]:
    return () if isinstance(data, Mapping) else data
