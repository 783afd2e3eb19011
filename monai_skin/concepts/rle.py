# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks as runs: a picture of 12 million pixels and a smooth outline need a few thousand numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from monai_skin.errors import InvalidInputError

__all__ = ["decode_rle", "encode_rle"]


def encode_rle(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """The lengths of the runs of a mask, column by column, beginning with the (possibly empty) run of False.

    These are the uncompressed ``counts`` of the data set COCO, whose tools read them with the size beside them:
    https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.h

    Args:
        mask: ``(H, W)`` bool of at most 2^31 - 1 pixels.

    Returns:
        Lengths that add up to H x W.

    >>> encode_rle(np.array([[False, True], [True, True]])).tolist()
    [1, 3]
    """
    rows = mask.shape[0]
    if not mask.size:
        return np.zeros(1, np.int32)
    # where the value changes on the way down each column, and from the foot of a column to the head of the next; far
    # quicker than to lay the columns of a large picture one after the other
    row, column = np.nonzero(mask[1:] != mask[:-1])
    inside = column * rows + row + 1
    between = rows * (1 + np.flatnonzero(mask[0, 1:] != mask[-1, :-1]))
    borders = np.concatenate([[0], np.sort(np.concatenate([inside, between])), [mask.size]])
    lengths = np.diff(borders)
    return (np.concatenate([[0], lengths]) if mask[0, 0] else lengths).astype(np.int32)


def decode_rle(lengths: npt.NDArray[np.int32], size: tuple[int, int], *, source: str = "mask") -> npt.NDArray[np.bool_]:
    """The mask that :func:`encode_rle` took apart.

    Args:
        lengths: of the runs, the first of False.
        size: rows and columns.
        source: what to call the mask in an error.

    Raises:
        InvalidInputError: a length is negative, or they do not add up to the size.
    """
    if (lengths < 0).any() or int(lengths.sum(dtype=np.int64)) != size[0] * size[1]:
        problem = f"have {int(lengths.sum(dtype=np.int64)):,} pixels"
        raise InvalidInputError.about(source, "runs", problem, expected=f"{size[0]} x {size[1]}, none negative")
    values = np.arange(len(lengths)) % 2 == 1
    return np.ascontiguousarray(np.repeat(values, lengths).reshape(size[::-1]).T)
