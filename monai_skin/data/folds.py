# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Folds in which every lesion is held out once."""

from __future__ import annotations

from collections.abc import Sequence

from monai_skin.data.items import Item
from monai_skin.data.splits import group_items, split_grouped
from monai_skin.errors import UsageError

__all__ = ["fold_sections", "make_folds"]

VALIDATION = 0.1


def make_folds(items: Sequence[Item], folds: int = 5, *, seed: int = 0) -> list[list[Item]]:
    """Share items out to folds by lesion and patient, with the classes in proportion.

    The result depends on the seed and the set of items, never on the order of the rows.

    Args:
        items: datalist with unique image ids.
        folds: how many, from 2 to the number of groups.
        seed: of the split.

    Returns:
        The items of every fold, ordered by image id; each item is in one of them.

    Raises:
        UsageError: when there cannot be so many folds.
    """
    groups = len(group_items(items))
    if not 2 <= folds <= groups:
        raise UsageError(f"folds is {folds}; expected 2 to {groups}, which is the number of lesions or patients")
    return list(split_grouped(items, {str(fold): 1 / folds for fold in range(folds)}, seed=seed).values())


def fold_sections(folds: Sequence[Sequence[Item]], held_out: int, *, seed: int = 0) -> dict[str, list[Item]]:
    """Sections of one round: a fold to predict, the others to learn from.

    Args:
        folds: as :func:`make_folds` gives them.
        held_out: index of the fold that is ``test``.
        seed: of the split of the others.

    Returns:
        ``training``, ``validation`` and ``test``; validation is a tenth of what is not held out, by lesion and patient.
    """
    others = [item for number, fold in enumerate(folds) if number != held_out for item in fold]
    shares = {"training": 1 - VALIDATION, "validation": VALIDATION}
    return {**split_grouped(others, shares, seed=seed), "test": list(folds[held_out])}
