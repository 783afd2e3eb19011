# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Split a datalist so that no lesion and no patient stands on two sides."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from monai_skin.data.items import Item
from monai_skin.errors import UsageError

__all__ = ["SECTIONS", "group_items", "split_grouped"]

SECTIONS: Mapping[str, float] = {"training": 0.7, "validation": 0.1, "test": 0.2}


def group_items(items: Sequence[Item]) -> dict[str, list[Item]]:
    """Items that share a lesion or a patient, directly or through others, under the smallest of their image ids.

    An item with neither is its own group.
    """
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for item in items:
        image = ("image_id", item["image_id"])
        for field in ("lesion_id", "patient_id"):
            if item.get(field):
                parent[root(image)] = root((field, item[field]))
    groups = defaultdict(list)
    for item in items:
        groups[root(("image_id", item["image_id"]))].append(item)
    return {min(item["image_id"] for item in group): group for group in groups.values()}


def split_grouped(
    items: Sequence[Item], fractions: Mapping[str, float] = SECTIONS, *, seed: int = 0
) -> dict[str, list[Item]]:
    """Share items out by lesion and patient, with the classes in proportion.

    Groups are taken in an order drawn from ``seed`` and the group's own name, and each goes where its classes are
    most wanted. So the result depends on the seed and the set of items, never on the order of the rows.

    Args:
        items: datalist with unique image ids.
        fractions: name and share of each section, adding up to 1.

    Returns:
        The items of every section, ordered by image id.

    Raises:
        UsageError: when the shares do not add up to 1.
    """
    if not fractions or min(fractions.values()) < 0 or abs(sum(fractions.values()) - 1) > 1e-6:
        raise UsageError(f"fractions are {dict(fractions)}; expected shares from 0 to 1 that add up to 1")
    groups = group_items(items)
    totals = Counter(item["dx"] for item in items)
    wanted = {name: {dx: share * count for dx, count in totals.items()} for name, share in fractions.items()}
    sections: dict[str, list[str]] = {name: [] for name in fractions}
    for group in sorted(groups, key=lambda group: draw(seed, group)):
        counts = sorted(Counter(item["dx"] for item in groups[group]).items())
        needs = {name: sum(n * wanted[name][dx] / totals[dx] for dx, n in counts) for name in sections}
        section = max(needs, key=lambda name: needs[name])
        sections[section].append(group)
        for dx, count in counts:
            wanted[section][dx] -= count
    _feed_the_small(sections, {group: len(members) for group, members in groups.items()}, fractions)
    chosen = {name: [item for group in members for item in groups[group]] for name, members in sections.items()}
    return {name: sorted(members, key=lambda item: str(item["image_id"])) for name, members in chosen.items()}


def _feed_the_small(sections: dict[str, list[str]], sizes: Mapping[str, int], fractions: Mapping[str, float]) -> None:
    """In a set with a handful of items per class, give a section with under half its share what another can spare."""
    total = sum(sizes.values())

    def surplus(name: str) -> float:
        return sum(sizes[group] for group in sections[name]) - fractions[name] * total

    for name, share in fractions.items():
        while surplus(name) < -share * total / 2:
            donor = max(sections, key=surplus)
            if len(sections[donor]) < 2 or surplus(donor) <= 0:
                break
            sections[name].append(sections[donor].pop())


def draw(seed: int, name: str) -> bytes:
    """A number for sorting by chance: the same for a seed and a name, whatever else there is."""
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
