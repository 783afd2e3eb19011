# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How far the outline of a predicted lesion lies from the true one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from monai_skin.errors import InvalidInputError

__all__ = ["boundary_distances"]


def boundary_distances(
    predicted: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_], *, spacing: float = 1.0
) -> dict[str, float]:
    """Average and 95th-percentile distance between two outlines, measured both ways.

    An outline is the lesion's pixels that touch background (by an edge) or the image's border. The average is over all
    outline pixels of both masks; the percentile is the larger of the two directions' own (HD95).

    Args:
        predicted: ``(H, W)`` bool.
        truth: ``(H, W)`` bool.
        spacing: millimetre per pixel, or 1 for pixels.

    Returns:
        ``average`` and ``hd95``, in the unit of ``spacing``: 0 if both masks are empty, NaN if only one is, since no
        distance is defined then; report how many images that leaves out.

    Raises:
        InvalidInputError: the shapes differ.
    """
    if predicted.shape != truth.shape:
        raise InvalidInputError.about(
            "mask", "shape", f"is {predicted.shape} against a truth of {truth.shape}", expected="the same"
        )
    if not predicted.any() or not truth.any():
        value = float("nan") if predicted.any() or truth.any() else 0.0
        return {"average": value, "hd95": value}
    there, back = _distances(predicted, truth), _distances(truth, predicted)
    average = float(np.concatenate([there, back]).mean())
    hd95 = float(max(np.percentile(there, 95), np.percentile(back, 95)))
    return {"average": average * spacing, "hd95": hd95 * spacing}


def _outline(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    outline: npt.NDArray[np.bool_] = mask & ~ndimage.binary_erosion(mask)
    return outline


def _distances(start: npt.NDArray[np.bool_], end: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Pixels from each outline pixel of ``start`` to the nearest of ``end``."""
    to_end: npt.NDArray[np.float64] = ndimage.distance_transform_edt(~_outline(end))
    return to_end[_outline(start)]
