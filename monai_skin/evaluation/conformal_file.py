# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Thresholds of prediction sets with what they were fitted for, and the file that keeps them."""

from __future__ import annotations

import math
import os
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from monai_skin.evaluation.conformal import CONFORMAL_SCORES, prediction_sets
from monai_skin.io import write_json
from monai_skin.transforms.calibration_file import FittedFile, is_number

__all__ = ["CONFORMAL_FORMAT", "ConformalSets", "read_conformal", "write_conformal"]

CONFORMAL_FORMAT = 1
EVERYTHING = "everything"  # JSON has no infinity


@dataclass(frozen=True, kw_only=True)
class ConformalSets:
    """Thresholds as :func:`monai_skin.evaluation.fit_conformal` finds them, and what they are for.

    Args:
        score: ``lac`` or ``aps``.
        alpha: share of images whose set may lack the true class.
        by_class: whether each class has a threshold of its own.
        thresholds: K; infinity puts a class into every set.
        classes: codes of the classes, in the order of the network's outputs.
        fitted_on: what the images were called.
        images: how many there were.
    """

    score: str
    alpha: float
    by_class: bool
    thresholds: tuple[float, ...]
    classes: tuple[str, ...]
    fitted_on: str
    images: int

    @property
    def in_every_set(self) -> tuple[str, ...]:
        """Codes of the classes that had too few images for a threshold."""
        pairs = zip(self.classes, self.thresholds, strict=True)
        return tuple(code for code, threshold in pairs if math.isinf(threshold))

    def sets(self, probabilities: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """``(N, K)``: whether the class belongs to the image's set, from ``(N, K)`` probabilities."""
        return prediction_sets(probabilities, self.thresholds, self.score)


def write_conformal(path: str | os.PathLike[str], conformal: ConformalSets) -> None:
    """Write the file that :func:`read_conformal` reads.

    Raises:
        StorageError: the disk is full, read-only or refuses us.
    """
    thresholds = [EVERYTHING if math.isinf(one) else one for one in conformal.thresholds]
    fields = asdict(conformal) | {"thresholds": thresholds}
    write_json(path, {"format": CONFORMAL_FORMAT, "kind": "conformal", **fields})


def read_conformal(path: str | os.PathLike[str]) -> ConformalSets:
    """Read thresholds, such as ``python -m monai_skin calibrate --conformal-out`` writes.

    Raises:
        InvalidInputError: the file is missing or no JSON, or a field is absent or cannot be used.
    """
    file = FittedFile(path)
    file.field("format", lambda value: value == CONFORMAL_FORMAT, str(CONFORMAL_FORMAT))
    file.field("kind", lambda value: value == "conformal", '"conformal"')
    wanted = " or ".join(f'"{name}"' for name in CONFORMAL_SCORES)
    score = file.field("score", lambda value: isinstance(value, str) and value in CONFORMAL_SCORES, wanted)
    alpha = file.field("alpha", lambda value: is_number(value) and 0 < value < 1, "a number between 0 and 1")
    by_class = file.field("by_class", lambda value: isinstance(value, bool), "true or false")
    origin = file.origin()
    expected = f'a number from 0 to 2, or "{EVERYTHING}"'
    thresholds = file.one_a_class("thresholds", origin["classes"], _is_threshold, expected)
    numbers = tuple(math.inf if one == EVERYTHING else float(one) for one in thresholds)
    return ConformalSets(**origin, score=score, alpha=float(alpha), by_class=by_class, thresholds=numbers)


def _is_threshold(value: Any) -> bool:
    # a row that adds up to a little above 1 may give a score above 1
    return value == EVERYTHING or (is_number(value) and 0 <= value <= 2)
