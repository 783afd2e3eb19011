# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Probabilities that mean what they say, by the calibration kept in a file."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import torch
from monai.config.type_definitions import KeysCollection
from monai.transforms import MapTransform, Transform

from monai_skin.errors import InvalidInputError
from monai_skin.transforms.calibration_file import read_calibration
from monai_skin.transforms.checks import like, plain, source_of

__all__ = ["CalibrateProbabilities", "CalibrateProbabilitiesd"]


class CalibrateProbabilities(Transform):
    """Apply the :class:`monai_skin.transforms.Calibration` of a file, whatever its kind.

    Args:
        path: the file; None leaves probabilities as they are.

    Raises:
        InvalidInputError: the file cannot be used, or an image has another number of probabilities than the file has
            classes.
    """

    def __init__(self, path: str | None = None) -> None:
        self.path = path
        self.calibration = None if path is None else read_calibration(path)

    def __call__(self, probabilities: torch.Tensor) -> torch.Tensor:
        """Return calibrated ``(K,)`` probabilities."""
        if self.calibration is None:
            return probabilities
        values = plain(probabilities)
        if values.ndim != 1 or len(values) != len(self.calibration.classes):
            wanted = f"({len(self.calibration.classes)},), as calibrated"
            problem = f"is {tuple(values.shape)}"
            raise InvalidInputError.about(source_of(probabilities, "pred"), "shape", problem, expected=wanted)
        return like(self.calibration.apply(values), probabilities)


class CalibrateProbabilitiesd(MapTransform):
    """Dictionary form of :class:`CalibrateProbabilities`."""

    def __init__(self, keys: KeysCollection, path: str | None = None, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)
        self.transform = CalibrateProbabilities(path)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key])
        return out
