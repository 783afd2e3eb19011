# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Splits by case at a given ratio of training to all, as for learning curves."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from monai_skin.data.items import Item
from monai_skin.data.splits import draw, group_items
from monai_skin.errors import UsageError

__all__ = ["CASE_PROTOCOLS", "split_cases"]

CASE_PROTOCOLS: Mapping[str, Mapping[str, str]] = {  # for the `description` of `write_dataset_json`
    "cases": {
        "protocol": "by case or patient, the classes in proportion, at a given ratio of training to all",
        "selection": "validation is a part of the training cases",
    },
    "cases-faithful": {
        "protocol": "by case or patient, the classes in proportion, at a given ratio (Hu et al., WACV 2025)",
        "selection": "validation is the test section, as published, so scores of the epoch it selects are optimistic",
    },
}


def split_cases(
    items: Sequence[Item],
    train_ratio: float,
    *,
    seed: int = 0,
    protocol: str = "cases",
    validation_share: float = 0.2,
) -> dict[str, list[Item]]:
    """Share cases out at a ratio, class by class; a case is what shares a lesion or a patient.

    Of each class with several cases, the number that is trained on is the ratio of all of them, rounded, and at least
    one stays on either side. A case with several classes counts in the one it has most images of. For one seed, the
    cases trained on at a ratio are among those at a higher one.

    Hu et al., WACV 2025, https://arxiv.org/abs/2409.09520, report ratios of 0.1, 0.3, 0.5, 0.7 and 0.9, and choose the
    epoch on the images they report: that is the protocol ``cases-faithful``. With ``cases``, a share of the training
    cases is kept for the choice.

    Args:
        items: datalist with unique image ids.
        train_ratio: cases for training, validation included, of all.
        seed: decides which cases.
        protocol: one of :data:`CASE_PROTOCOLS`.
        validation_share: of the training cases of each class, under ``cases``; one at least where there are two.

    Returns:
        ``training``, ``validation`` and ``test``, each ordered by image id.

    Raises:
        UsageError: a ratio or share that is not between 0 and 1, or an unknown protocol.
    """
    if protocol not in CASE_PROTOCOLS:
        raise UsageError(f"protocol is {protocol!r}; expected one of {', '.join(CASE_PROTOCOLS)}")
    for name, value in (("train_ratio", train_ratio), ("validation_share", validation_share)):
        if not 0 < value < 1:
            raise UsageError(f"{name} is {value}; expected a number between 0 and 1")
    groups = group_items(items)
    chosen: dict[str, list[str]] = {"training": [], "validation": [], "test": []}
    for cases in _by_class(groups).values():
        order = sorted(cases, key=lambda case: draw(seed, case))
        learnt = _share(train_ratio, len(order))
        chosen["test"] += order[learnt:]
        kept = learnt - (_share(validation_share, learnt) if protocol == "cases" and learnt > 1 else 0)
        chosen["training"] += order[:kept]
        chosen["validation"] += order[kept:learnt]
    sections = {name: [item for case in cases for item in groups[case]] for name, cases in chosen.items()}
    if protocol == "cases-faithful":
        sections["validation"] = list(sections["test"])
    return {name: sorted(members, key=lambda item: str(item["image_id"])) for name, members in sections.items()}


def _by_class(groups: Mapping[str, Sequence[Item]]) -> dict[str, list[str]]:
    """The cases of each class; of classes with equally many images in a case, the first by name counts."""
    cases = defaultdict(list)
    for name, members in groups.items():
        counts = Counter(item["dx"] for item in members)
        cases[min(counts, key=lambda dx: (-counts[dx], dx))].append(name)
    return cases


def _share(ratio: float, count: int) -> int:
    """``ratio`` of ``count``, rounded; of two or more, neither none nor all."""
    rounded = math.floor(ratio * count + 0.5)
    return min(max(rounded, 1), count - 1) if count > 1 else rounded
