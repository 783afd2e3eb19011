# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures that show the same thing, although their bytes differ: another size, another compression, a small crop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Fingerprint", "fingerprint", "near_duplicates"]

_SIDE = 12
_BLOCK = 1024


class Fingerprint(NamedTuple):
    """What is compared of a picture.

    Args:
        bits: ``(144,)`` bool, the difference hash: whether each cell of a 12 x 12 grid is darker than the next.
        tones: ``(144,)`` float32, the grid itself with mean 0 and length 1; all 0 for a picture of one tone.
    """

    bits: npt.NDArray[np.bool_]
    tones: npt.NDArray[np.float32]


def fingerprint(pixels: npt.NDArray[np.uint8]) -> Fingerprint:
    """Fingerprint of a picture.

    Args:
        pixels: ``(3, H, W)`` RGB.
    """
    grey = pixels.transpose(1, 2, 0).astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    cells = cv2.resize(grey, (_SIDE + 1, _SIDE), interpolation=cv2.INTER_AREA)
    tones = cells[:, :-1].ravel() - cells[:, :-1].mean()
    length = float(np.linalg.norm(tones))
    return Fingerprint((cells[:, 1:] > cells[:, :-1]).ravel(), (tones / length if length else tones).astype(np.float32))


def near_duplicates(
    prints: Sequence[Fingerprint], *, max_distance: int = 14, min_correlation: float = 0.97
) -> Iterator[tuple[int, int, int]]:
    """Pairs of pictures that look the same.

    Args:
        max_distance: differing bits, of 144.
        min_correlation: of the two grids of tones; keeps apart what the bits alone confuse, such as bare skin.

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
        alike = (distance <= max_distance) & (tones[rows] @ tones[start:].T >= min_correlation)
        for first, second in np.argwhere(np.triu(alike, 1)):
            yield start + int(first), start + int(second), int(distance[first, second])
