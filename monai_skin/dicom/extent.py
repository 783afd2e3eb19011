# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How large a lesion is: its area and its largest diameter."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

__all__ = ["LesionExtent", "lesion_extent"]


class LesionExtent(NamedTuple):
    """Square millimetre and millimetre where ``calibrated``, else pixels."""

    area: float
    diameter: float
    calibrated: bool


def lesion_extent(mask: npt.NDArray[np.bool_], spacing: tuple[float, float] | None = None) -> LesionExtent:
    """Area, and the largest distance between two points of the lesion, the corners of its pixels included.

    Args:
        mask: ``(H, W)``, true where lesion.
        spacing: millimetre between rows and between columns; None where it is not known.

    Returns:
        0 and 0 for an empty mask.

    >>> lesion_extent(np.ones((3, 4), dtype=bool), (0.5, 0.5))
    LesionExtent(area=3.0, diameter=2.5, calibrated=True)
    """
    down, across = spacing or (1.0, 1.0)
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return LesionExtent(0.0, 0.0, spacing is not None)
    area = float(rows.size) * down * across
    # of each row only the outermost pixels can lie on the hull
    first, start = np.unique(rows, return_index=True)
    stop = np.append(start[1:], rows.size) - 1
    left, right = columns[start], columns[stop] + 1
    points = np.concatenate([np.stack([first + edge, side], axis=1) for edge in (0, 1) for side in (left, right)])
    scaled = points * np.array([down, across])
    hull = scaled[ConvexHull(scaled).vertices]
    return LesionExtent(area, float(pdist(hull).max()), spacing is not None)
