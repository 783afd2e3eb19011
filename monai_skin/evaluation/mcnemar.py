# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether two classifiers err equally often, from the images that only one of them gets right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, chi2

from monai_skin.errors import InvalidInputError

__all__ = ["EXACT_BELOW", "McNemar", "mcnemar"]

EXACT_BELOW = 25


class McNemar(NamedTuple):
    """Images that only the first, or only the second, got right, and the two-sided p-value of their being even."""

    only_first: int
    only_second: int
    p: float

    @property
    def exact(self) -> bool:
        """Whether the p-value is the binomial one and not the approximation."""
        return self.only_first + self.only_second < EXACT_BELOW


def mcnemar(first_right: npt.ArrayLike, second_right: npt.ArrayLike) -> McNemar:
    r"""Compare two classifiers on the same images.

    McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 1947. With fewer than 25 discordant images the exact binomial test; otherwise
    :math:`\chi^2 = (|b - c| - 1)^2 / (b + c)` with one degree of freedom. The test takes images as independent: give
    it one image a lesion.

    Args:
        first_right: ``(N,)`` bool, whether the first classifier was right.
        second_right: ``(N,)`` bool, of the second.

    Raises:
        InvalidInputError: not as many of one as of the other.

    >>> round(mcnemar([True] * 10, [False] * 10).p, 5)
    0.00195
    """
    first, second = np.asarray(first_right, dtype=bool), np.asarray(second_right, dtype=bool)
    if first.shape != second.shape:
        problem = f"are {first.shape} and {second.shape}"
        raise InvalidInputError.about("McNemar's test", "shapes", problem, expected="the same images for both")
    b, c = int((first & ~second).sum()), int((~first & second).sum())
    if b + c == 0:
        return McNemar(0, 0, 1.0)
    if b + c < EXACT_BELOW:
        return McNemar(b, c, float(binomtest(b, b + c).pvalue))
    return McNemar(b, c, float(chi2.sf((abs(b - c) - 1) ** 2 / (b + c), 1)))
