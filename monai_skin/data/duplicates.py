# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures that are there twice: the same file, or the same thing in another size, compression or small crop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Fingerprint", "fingerprint", "near_duplicates", "same_bytes"]

_SIDE = 12
_DETAIL_SIDE = 24
_BLOCK = 1024


class Fingerprint(NamedTuple):
    """What is compared of a picture.

    Args:
        bits: ``(144,)`` bool, the difference hash: whether each cell of a 12 x 12 grid is darker than the next.
        tones: ``(144,)`` float32, the grid itself with mean 0 and length 1; all 0 for a picture of one tone.
        detail: ``(576,)`` float32, the same of a 24 x 24 grid over the middle, without what is wider than some cells:
            the round field of view and a dark spot in the middle make many pictures alike at first sight.
    """

    bits: npt.NDArray[np.bool_]
    tones: npt.NDArray[np.float32]
    detail: npt.NDArray[np.float32]


def same_bytes(digests: Sequence[str]) -> list[list[int]]:
    """Indices of equal files, a list for every digest that occurs more than once; an empty one is not compared."""
    places = defaultdict(list)
    for index, digest in enumerate(digests):
        if digest:
            places[digest].append(index)
    return [group for group in places.values() if len(group) > 1]


def fingerprint(pixels: npt.NDArray[np.uint8]) -> Fingerprint:
    """Fingerprint of a picture.

    Args:
        pixels: ``(3, H, W)`` RGB.
    """
    grey = pixels.transpose(1, 2, 0).astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    cells = cv2.resize(grey, (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA)
    rows, columns = (slice(round(0.15 * side), max(round(0.85 * side), 1)) for side in grey.shape)
    fine = cv2.resize(grey[rows, columns], (_DETAIL_SIDE, _DETAIL_SIDE), interpolation=cv2.INTER_AREA)
    detail = fine - cv2.GaussianBlur(fine, (0, 0), 3)
    return Fingerprint((cells[:, 1:] > cells[:, :-1]).ravel(), _unit(cells[:, :-1]), _unit(detail))


def near_duplicates(
    prints: Sequence[Fingerprint], *, max_distance: int = 14, min_tones: float = 0.97, min_detail: float = 0.96
) -> Iterator[tuple[int, int, int]]:
    """Pairs of pictures that look the same.

    Args:
        max_distance: differing bits, of 144.
        min_tones: correlation of the two grids of tones; tells apart bare skin, whose bits are chance.
        min_detail: correlation of the detail.

    Yields:
        Index, larger index and number of differing bits.
    """
    if not prints:
        return
    signs = np.stack([mark.bits for mark in prints]).astype(np.float32) * 2 - 1
    tones = np.stack([mark.tones for mark in prints])
    for start in range(0, len(prints), _BLOCK):
        rows = slice(start, start + _BLOCK)
        distance = (signs.shape[1] - signs[rows] @ signs[start:].T) / 2
        alike = (distance <= max_distance) & (tones[rows] @ tones[start:].T >= min_tones)
        for first, second in np.argwhere(np.triu(alike, 1)) + start:
            if prints[first].detail @ prints[second].detail >= min_detail:
                yield int(first), int(second), int(distance[first - start, second - start])


def _unit(grid: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    values = np.asarray(grid, np.float32).ravel()
    values = values - values.mean()
    length = np.linalg.norm(values)
    return np.asarray(values / length if length > 1e-3 else np.zeros_like(values), np.float32)
