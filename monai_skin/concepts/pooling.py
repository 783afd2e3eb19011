# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One vector for a mask, from the embedding of the picture it lies in."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["mask_coverage", "pool_concepts"]

Floats = npt.NDArray[np.float32]
_LEAST_WEIGHT = 0.5  # of a cell: less says more of its surroundings than of the concept


def mask_coverage(mask: npt.NDArray[np.bool_], grid: tuple[float, float]) -> Floats:
    """Which share of each cell of an embedding a mask covers.

    Args:
        mask: ``(H, W)`` bool.
        grid: rows and columns of cells the picture takes; the last ones may be fractions of a cell.

    Returns:
        ``(ceil(rows), ceil(columns))`` in [0, 1]; the part of a cell beyond the picture counts as not covered.
    """
    rows, columns = (_shares(length, cells) for length, cells in zip(mask.shape, grid))
    if mask.size > 2**20:  # sums over areas first, so that the products below stay small
        small = [min(length, 64 * len(weights)) for length, weights in zip(mask.shape, (rows, columns))]
        values = cv2.resize(mask.astype(np.uint8) * np.float32(1), small[::-1], interpolation=cv2.INTER_AREA)
        rows, columns = (_shares(length, cells) for length, cells in zip(values.shape, grid))
    else:
        values = mask.astype(np.float32)
    return (rows @ values @ columns.T).astype(np.float32)


def _shares(length: int, cells: float) -> Floats:
    """``(ceil(cells), length)``: how much of each cell each pixel fills along one side."""
    whole = int(np.ceil(cells - 1e-9))
    borders = np.arange(length + 1) * (cells / length)
    starts = np.maximum(borders[:-1], np.arange(whole)[:, None])
    ends = np.minimum(borders[1:], np.arange(1, whole + 1)[:, None])
    return np.clip(ends - starts, 0, None).astype(np.float32)


def pool_concepts(
    embedding: Floats, mask: npt.NDArray[np.bool_], box: Floats, grid: tuple[float, float] | None = None
) -> Floats:
    """The mean of an embedding over the cells a mask covers, weighted by how much of each it covers.

    A mask that covers less than half a cell in all gets the cell at the centre of its box.

    Args:
        embedding: ``(D, h, w)``; what pads the picture to a square lies to its right and below it.
        mask: ``(H, W)`` bool, of the whole picture.
        box: left, top, right and bottom in pixels of the picture.
        grid: rows and columns of cells the picture takes; all of them by default.

    Returns:
        ``(D,)`` float32.
    """
    grid = (float(embedding.shape[1]), float(embedding.shape[2])) if grid is None else grid
    coverage = mask_coverage(mask, grid)
    rows, columns = coverage.shape
    region = embedding[:, :rows, :columns].astype(np.float64)
    total = coverage.sum(dtype=np.float64)
    if total >= _LEAST_WEIGHT:
        return np.asarray(np.tensordot(region, coverage, axes=2) / total, np.float32)
    middle = ((box[1] + box[3]) / 2, (box[0] + box[2]) / 2)
    row, column = (
        min(max(int(place / length * cells), 0), last - 1)
        for place, length, cells, last in zip(middle, mask.shape, grid, (rows, columns))
    )
    return np.asarray(region[:, row, column], np.float32)
