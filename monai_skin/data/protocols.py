# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Splits as papers published them, and the guard against test images that training has seen."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from monai_skin.data.items import Item
from monai_skin.data.splits import draw
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError

__all__ = [
    "SOFT_ATTENTION_PROTOCOL",
    "augmented_class_counts",
    "exclude_known_leaks",
    "find_leaks",
    "refuse_leaks",
    "soft_attention_split",
]

# for the `description` of `write_dataset_json`: whoever reads the numbers must know
SOFT_ATTENTION_PROTOCOL: Mapping[str, str] = {
    "protocol": "soft attention (Datta et al., 2021): test is drawn from the lesions with a single image",
    "selection": "validation is the test section, as published, so the scores of the epoch it selects are optimistic",
}

_DOWNSAMPLED = "_downsampled"
_NAMED = 3


def soft_attention_split(items: Sequence[Item], seed: int = 0, *, share: float = 0.15) -> dict[str, list[Item]]:
    """The split of the soft-attention paper: a share of the lesions with exactly one image, the classes in proportion.

    Datta et al., 2021, https://arxiv.org/abs/2105.03358. Of HAM10000 it holds out 828 images, or 1,103 and 1,655 for
    shares of 0.2 and 0.3. The paper gave no seed, so its images are not known, only how many of each class.

    Args:
        items: the whole datalist.
        seed: decides which images of a class are held out.
        share: of the images that are the only one of their lesion.

    Returns:
        ``training``, ``validation`` and ``test``, each ordered by image id. Validation **is** test: say so wherever the
        scores are shown, see :data:`SOFT_ATTENTION_PROTOCOL`.

    Raises:
        UsageError: ``share`` is not between 0 and 1.
        InvalidInputError: no lesion has exactly one image.
    """
    if not 0 < share < 1:
        raise UsageError(f"share is {share}; expected a number between 0 and 1")
    images = Counter(item["lesion_id"] for item in items)
    pool = defaultdict(list)
    for item in items:
        if item["lesion_id"] and images[item["lesion_id"]] == 1:
            pool[item["dx"]].append(item["image_id"])
    if not pool:
        problem = "names no lesion with exactly one image"
        raise InvalidInputError.about("datalist", "lesion_id", problem, expected="a data set such as HAM10000")
    sizes = {dx: len(members) for dx, members in sorted(pool.items())}
    stay = _in_proportion(sizes, sum(sizes.values()) - math.ceil(share * sum(sizes.values())))
    held_out = {
        image_id
        for dx, members in pool.items()
        for image_id in sorted(members, key=lambda name: draw(seed, name))[stay[dx] :]
    }
    ordered = sorted(items, key=lambda item: str(item["image_id"]))
    test = [item for item in ordered if item["image_id"] in held_out]
    training = [item for item in ordered if item["image_id"] not in held_out]
    return {"training": training, "validation": list(test), "test": test}


def augmented_class_counts(counts: Mapping[str, int], *, target: int = 8000, batch: int = 50) -> dict[str, int]:
    """Training images of each class after the augmentation of the soft-attention paper, originals included.

    A class gets as many batches of altered copies as would bring it to ``target``. They go through its images again and
    again, and the last batch of a pass is short, so a class ends near the target and not at it. Sampling classes with
    these frequencies gives the same mixture without copies on disk.

    Args:
        counts: original images of each class, all positive.
        target: images a class should come to.
        batch: images of a full batch.

    Raises:
        UsageError: a class without images.
    """
    empty = [dx for dx, count in counts.items() if count <= 0]
    if empty:
        raise UsageError(f"counts of {empty[0]} is {counts[empty[0]]}; expected one or more images of every class")
    totals = {}
    for dx, count in counts.items():
        passes, batches = divmod(max(math.ceil((target - count) / batch), 0), math.ceil(count / batch))
        totals[dx] = count + passes * count + batches * batch
    return totals


def find_leaks(train: Sequence[Item], test: Sequence[Item]) -> dict[str, str]:
    """Images of a test set that training has seen, or whose lesion or patient it has.

    ISIC 2019 contains all of HAM10000 under its own ids, and the training images of ISIC 2017, most of them with
    ``_downsampled`` behind the id; so it is no external test set for a network that learned from those.

    Returns:
        Image id, as the test set has it, and the reason; in the order of ``test``.
    """
    ids = {item["image_id"] for item in train}
    originals = {image_id.removesuffix(_DOWNSAMPLED) for image_id in ids}
    groups = {field: {item.get(field) for item in train} - {None, ""} for field in ("lesion_id", "patient_id")}
    leaks = {}
    for item in test:
        image_id = item["image_id"]
        if image_id in ids:
            leaks[image_id] = "same image"
        elif image_id.removesuffix(_DOWNSAMPLED) in originals:
            leaks[image_id] = "same image at another size"
        elif item.get("lesion_id") in groups["lesion_id"]:
            leaks[image_id] = "same lesion"
        elif item.get("patient_id") in groups["patient_id"]:
            leaks[image_id] = "same patient"
    return leaks


def refuse_leaks(train: Sequence[Item], test: Sequence[Item], *, source: str = "test set") -> None:
    """Stop where a test set is not one.

    Args:
        source: what to call the test set.

    Raises:
        IntegrityError: naming how many images leak, why, and the first of them.
    """
    leaks = find_leaks(train, test)
    if leaks:
        reasons = ", ".join(f"{count} {reason}" for reason, count in Counter(leaks.values()).most_common())
        first = ", ".join(list(leaks)[:_NAMED])
        problem = f"has {len(leaks)} of {len(test)} images that training has seen ({reasons}), first {first}"
        raise IntegrityError.about(source, "image_id", problem, expected="none")


def exclude_known_leaks(items: Sequence[Item], train_items: Sequence[Item]) -> tuple[list[Item], dict[str, str]]:
    """Leave out of a test set what :func:`find_leaks` finds.

    Returns:
        The items that are left, in their order, and the image ids left out with their reasons: report how many.
    """
    leaks = find_leaks(train_items, items)
    return [item for item in items if item["image_id"] not in leaks], leaks


def _in_proportion(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """Share out ``total`` by size: rounded down, then one more each for the largest remainders, first name first."""
    exact = {name: total * size / sum(sizes.values()) for name, size in sizes.items()}
    shares = {name: math.floor(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: shares[name] - exact[name])
    for name in by_remainder[: total - sum(shares.values())]:
        shares[name] += 1
    return shares
