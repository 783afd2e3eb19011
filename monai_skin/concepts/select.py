# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which of many boxes become concepts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["box_overlaps", "select_concepts"]

Floats = npt.NDArray[np.float32]


def box_overlaps(boxes: Floats, others: Floats) -> npt.NDArray[np.float64]:
    """Intersection over union of every box with every other.

    Args:
        boxes: ``(m, 4)``: left, top, right, bottom.
        others: ``(k, 4)``.

    Returns:
        ``(m, k)`` in [0, 1]; two boxes without area have 0.
    """
    first, second = boxes.astype(np.float64)[:, None], others.astype(np.float64)[None]
    sides = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    shared = np.clip(sides, 0, None).prod(-1)
    areas = [np.clip(box[..., 2:] - box[..., :2], 0, None).prod(-1) for box in (first, second)]
    union = areas[0] + areas[1] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def select_concepts(
    boxes: Floats, scores: Floats, phrase_ids: npt.NDArray[np.int32], *, nms_iou: float, limit: int, first: int = 0
) -> npt.NDArray[np.int64]:
    """Drop doubles among the boxes of each phrase, and keep the best; those of the lesion in any case.

    Args:
        boxes: ``(m, 4)``: left, top, right, bottom.
        scores: ``(m,)``.
        phrase_ids: ``(m,)``.
        nms_iou: of two boxes of one phrase that overlap more than this the weaker goes; of equal ones the later.
        limit: how many remain at most.
        first: phrase that comes before all others whatever its scores: the lesion.

    Returns:
        Indices of what is kept, in order: the lesion's by score, then the others by score.
    """
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable").tolist():
        rivals = [other for other in kept if phrase_ids[other] == phrase_ids[index]]
        if not rivals or box_overlaps(boxes[[index]], boxes[rivals]).max() <= nms_iou:
            kept.append(index)
    kept.sort(key=lambda index: phrase_ids[index] != first)  # stable: by score within both groups
    return np.array(kept[:limit], np.int64)
