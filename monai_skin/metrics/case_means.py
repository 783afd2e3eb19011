# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One answer a case, from the answers to its several images or pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from monai_skin.errors import InvalidInputError

__all__ = ["CaseMeans", "case_means"]


class CaseMeans(NamedTuple):
    """A row a case, in the order in which the cases first occur.

    Args:
        cases: their names.
        first: ``(C,)``, the place of each one's first answer.
        counts: ``(C,)``, how many answers it has.
        probabilities: ``(C, K)``, their mean.
    """

    cases: tuple[str, ...]
    first: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float64]


def case_means(case_ids: Sequence[str], probabilities: npt.NDArray[np.float64]) -> CaseMeans:
    """The mean probabilities of every case.

    Args:
        case_ids: the case of each answer.
        probabilities: ``(N, K)``.

    Raises:
        InvalidInputError: there are not as many names as answers.

    >>> case_means(["a", "b", "a"], np.array([[0.5, 0.5], [1.0, 0.0], [0.25, 0.75]])).probabilities.tolist()
    [[0.375, 0.625], [1.0, 0.0]]
    """
    if len(case_ids) != len(probabilities):
        problem = f"are {len(case_ids)} for {len(probabilities)} answers"
        raise InvalidInputError.about("answers", "case_ids", problem, expected="one name an answer")
    first: dict[str, int] = {}
    for index, case in enumerate(case_ids):
        first.setdefault(case, index)
    place = {case: row for row, case in enumerate(first)}
    row_of = np.array([place[case] for case in case_ids], dtype=np.int64)
    sums = np.zeros((len(place), np.asarray(probabilities).shape[-1]))
    np.add.at(sums, row_of, probabilities)
    counts = np.bincount(row_of, minlength=len(place))
    means = sums / np.maximum(counts, 1)[:, None]
    return CaseMeans(tuple(place), np.array(list(first.values()), dtype=np.int64), counts, means)
