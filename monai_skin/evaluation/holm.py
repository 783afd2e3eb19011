# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""P-values of several tests, corrected for their number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["holm"]


def holm(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Holm's step-down correction: the chance of even one false finding stays below the level tested at.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 1979.

    Args:
        p_values: ``(M,)``; NaN for a test that could not be made, which then does not count.

    Returns:
        ``(M,)`` corrected, at most 1, NaN where it was.

    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, dtype=np.float64)
    corrected = np.full(values.shape, np.nan)
    made = np.flatnonzero(np.isfinite(values))
    order = made[np.argsort(values[made], kind="stable")]
    steps = values[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected
