# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What the picture files of a data set are like: sizes, colours, equal files, broken ones."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, zip_longest
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from monai_skin.data.duplicates import same_bytes
from monai_skin.data.items import Item
from monai_skin.data.pairs import file_of_case
from monai_skin.data.splits import draw, group_items
from monai_skin.errors import SkinError
from monai_skin.io import read_image, sha256_of

__all__ = ["PictureFile", "choose_sample", "colour_moments", "describe_colours", "describe_files", "survey_pictures"]

_REDUCED_SIDE = 64  # a JPEG is decoded small, which finds damage all the same, in a fraction of the time


class PictureFile(NamedTuple):
    """What one picture file told.

    Args:
        size: rows and columns of the upright picture; ``None`` when it cannot be read.
        digest: SHA-256 of the file; empty when it cannot be read.
        problem: why it cannot be read; empty when it can.
    """

    size: tuple[int, int] | None
    digest: str
    problem: str


def survey_pictures(items: Sequence[Item], *, progress: bool = True) -> list[PictureFile]:
    """Read every picture to its end, in the order of ``items``; a broken or missing one is told of, not raised.

    Args:
        progress: show a bar on a terminal.
    """
    with ThreadPool(min(8, os.cpu_count() or 1)) as pool:
        work = pool.imap(_look_at, items, chunksize=8)
        bar = tqdm(work, total=len(items), desc="reading", unit="image", disable=None if progress else True)
        return list(bar)


def _look_at(item: Item) -> PictureFile:
    path = Path(item["image"])
    try:
        size = read_image(path, min_side=_REDUCED_SIDE).full_size
        if "paired_image" in item:
            read_image(item["paired_image"], min_side=_REDUCED_SIDE)
        return PictureFile(size, sha256_of(path), "")
    except SkinError as error:
        return PictureFile(None, "", str(error))


def describe_files(
    items: Sequence[Item], files: Sequence[PictureFile], sections: Mapping[str, Sequence[Item]]
) -> dict[str, Any]:
    """Count sizes, list equal files and broken ones.

    Args:
        items: a datalist.
        files: what the picture of each told.
        sections: the items of each section.

    Returns:
        ``image_sizes``, the most frequent first, each with ``rows``, ``columns`` and ``images``; ``same_bytes``, of
        each group of equal files ``image_ids``, the number of ``lesions`` (or patients) and the ``sections`` they
        are in; ``broken``, each with ``image_id``, ``file`` and ``reason``.
    """
    sizes = Counter(file.size for file in files if file.size is not None)
    return {
        "image_sizes": [
            {"rows": rows, "columns": columns, "images": count}
            for (rows, columns), count in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
        "same_bytes": _equal_files(items, files, sections),
        "broken": [
            {"image_id": item["image_id"], "file": Path(item["image"]).name, "reason": file.problem}
            for item, file in zip(items, files, strict=True)
            if file.problem
        ],
    }


def _equal_files(
    items: Sequence[Item], files: Sequence[PictureFile], sections: Mapping[str, Sequence[Item]]
) -> list[dict[str, Any]]:
    group_of = {item["image_id"]: name for name, group in group_items(items).items() for item in group}
    members = {name: {item["image_id"] for item in section} for name, section in sections.items()}
    rows = []
    for group in same_bytes([file.digest for file in files]):
        names = [items[index]["image_id"] for index in group]
        if len({file_of_case(items[index]) for index in group}) == 1:
            continue
        places = [name for name, ids in members.items() if not ids.isdisjoint(names)]
        rows.append({"image_ids": names, "lesions": len({group_of[name] for name in names}), "sections": places})
    return rows


def choose_sample(items: Iterable[Item], count: int, *, seed: int = 0) -> list[Item]:
    """At most ``count`` items, as many of each class as there are of the others, as far as they go.

    The same for a seed and a set of items, whatever their order; a larger sample begins with the smaller one.
    """
    waiting: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        waiting[item["dx"]].append(item)
    lines = [sorted(waiting[dx], key=lambda item: draw(seed, item["image_id"])) for dx in sorted(waiting)]
    turns = chain.from_iterable(zip_longest(*lines))
    return [item for item in turns if item is not None][:count]


def colour_moments(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Mean of each channel, and mean of its square: ``(2, 3)``.

    Args:
        pixels: ``(3, H, W)`` RGB.
    """
    values = np.arange(256, dtype=np.float64)
    # counting first keeps a large photograph from becoming eight times as large
    shares = np.stack([np.bincount(channel.ravel(), minlength=256) for channel in pixels]) / pixels[0].size
    return np.stack([shares @ values, shares @ values**2])


def describe_colours(moments: Mapping[str, Sequence[npt.NDArray[np.float64]]]) -> list[dict[str, Any]]:
    """Mean and standard deviation of red, green and blue in each class, from 0 to 255, each picture weighing the same.

    Args:
        moments: of each class, what :func:`colour_moments` gives for its pictures; at least one.

    Returns:
        For each class ``dx``, ``images``, and ``mean`` and ``std`` of the three channels.
    """
    rows = []
    for dx, members in moments.items():
        mean, square = np.mean(members, axis=0)
        deviation = np.sqrt(np.maximum(square - mean**2, 0))
        colours = {"mean": mean.round(2).tolist(), "std": deviation.round(2).tolist()}
        rows.append({"dx": dx, "images": len(members), **colours})
    return rows
