# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks that open every picture: damage, masks, and pictures that are there twice."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from monai_skin.data.duplicates import Fingerprint, fingerprint, near_duplicates, same_bytes
from monai_skin.data.integrity.report import Finding
from monai_skin.data.items import Item
from monai_skin.data.pairs import file_of_case
from monai_skin.data.splits import group_items
from monai_skin.errors import SkinError
from monai_skin.io import read_image, read_mask

__all__ = ["check_pictures"]


class _Look(NamedTuple):
    """What one item's files told."""

    findings: tuple[Finding, ...] = ()
    digest: str = ""
    mark: Fingerprint | None = None


def check_pictures(
    items: Sequence[Item], sections: Mapping[str, str], *, progress: bool, max_distance: int
) -> Iterator[Finding]:
    """Open every picture and mask that exists, then compare the pictures with one another.

    Args:
        sections: section of each image id; empty when there are none.
        max_distance: differing bits of 144 up to which two pictures count as the same.
    """
    with ThreadPool(min(8, os.cpu_count() or 1)) as pool:
        work = pool.imap(_look_at, items, chunksize=8)
        looks = list(tqdm(work, total=len(items), desc="checking", unit="image", disable=not progress))
    for look in looks:
        yield from look.findings
    group_of = {item["image_id"]: name for name, group in group_items(items).items() for item in group}
    yield from _same_bytes(items, looks, group_of, sections)
    yield from _same_look(items, looks, group_of, sections, max_distance)


def _look_at(item: Item) -> _Look:
    path = Path(item["image"])
    if not path.is_file():
        return _Look()  # reported by name already
    try:
        data = path.read_bytes()
        picture = read_image(data, source=path.name)
    except (SkinError, OSError) as error:
        return _Look((Finding(item["image_id"], "image", "unreadable_image", str(error)),))
    findings = (*_look_at_mask(item, picture.full_size), *_look_at_second(item))
    return _Look(findings, hashlib.sha256(data).hexdigest(), fingerprint(picture.pixels))


def _look_at_mask(item: Item, size: tuple[int, int]) -> Iterator[Finding]:
    if "mask" not in item or not Path(item["mask"]).is_file():
        return
    try:
        mask = read_mask(item["mask"])
    except SkinError as error:
        yield Finding(item["image_id"], "mask", "unreadable_mask", str(error))
        return
    if mask.shape != size:
        problem = f"is {mask.shape[0]} x {mask.shape[1]} pixels"
        expected = f"{size[0]} x {size[1]} (rows x columns), as its image"
        yield Finding.about(item["image_id"], "mask", "mask_size", problem, expected=expected)
    if not mask.any():
        yield Finding.about(
            item["image_id"], "mask", "empty_mask", "is empty", expected="a lesion, or a word that none is seen"
        )


def _look_at_second(item: Item) -> Iterator[Finding]:
    """The second picture of a pair."""
    if "paired_image" in item and Path(item["paired_image"]).is_file():
        try:
            read_image(item["paired_image"])
        except SkinError as error:
            yield Finding(item["image_id"], "paired_image", "unreadable_image", str(error))


def _same_bytes(
    items: Sequence[Item], looks: Sequence[_Look], group_of: Mapping[str, str], sections: Mapping[str, str]
) -> Iterator[Finding]:
    for group in same_bytes([look.digest for look in looks]):
        first = {file_of_case(items[index]): items[index]["image_id"] for index in reversed(group)}
        twins = sorted(set(first.values()), key=[items[index]["image_id"] for index in group].index)
        if len(twins) > 1:
            groups = {group_of[name] for name in twins}
            kind = "same_bytes_in_two_groups" if len(groups) > 1 else "same_bytes"
            others = _listed(twins[1:], sections)
            problem = f"has the very bytes of {others}"
            yield Finding.about(
                twins[0], "image", kind, problem, expected="each picture once, or one lesion_id for both"
            )


def _same_look(
    items: Sequence[Item],
    looks: Sequence[_Look],
    group_of: Mapping[str, str],
    sections: Mapping[str, str],
    max_distance: int,
) -> Iterator[Finding]:
    seen = [(item["image_id"], look) for item, look in zip(items, looks, strict=True) if look.mark is not None]
    marks = [look.mark for _, look in seen if look.mark is not None]
    for first, second, distance in near_duplicates(marks, max_distance=max_distance):
        (one, look), (other, other_look) = seen[first], seen[second]
        if group_of[one] == group_of[other] or look.digest == other_look.digest:
            continue
        problem = f"looks like {_listed([other], sections)}, {distance} of 144 bits apart"
        if sections and sections[one] != sections[other]:
            problem += f", although it is in {sections[one]}"
        yield Finding.about(one, "image", "near_duplicate", problem, expected="one lesion_id if it is one lesion")


def _listed(names: Sequence[str], sections: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({sections[name]})" if sections else name for name in names)
