# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A calibration of any kind from predictions whose truth is known, and the file that keeps it."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, TypedDict

from monai_skin.errors import UsageError
from monai_skin.evaluation.isotonic import fit_isotonic
from monai_skin.evaluation.predictions import Predictions
from monai_skin.evaluation.temperature import fit_temperature
from monai_skin.evaluation.vector_scaling import fit_vector
from monai_skin.io import write_json

if TYPE_CHECKING:
    from monai_skin.transforms import Calibration

__all__ = ["CALIBRATION_METHODS", "fit_calibration", "write_calibration"]

CALIBRATION_METHODS = ("temperature", "vector", "isotonic")


class _Origin(TypedDict):
    classes: tuple[str, ...]
    fitted_on: str
    images: int


def fit_calibration(predictions: Predictions, method: str = "temperature") -> Calibration:
    """What makes these predictions mean what they say; fit on validation images, never on those that are then judged.

    Args:
        predictions: with the truth of each image.
        method: ``temperature``, one number (:func:`fit_temperature`); ``vector``, a scale and a bias a class
            (:func:`fit_vector`); or ``isotonic``, a curve a class (:func:`fit_isotonic`). Each follows the images more
            closely than the one before, and needs more of every class.

    Raises:
        UsageError: there is no such method.
    """
    # importing MONAI takes seconds, which who judges a table should not wait for
    from monai_skin.transforms.calibration import IsotonicCalibration, TemperatureCalibration, VectorCalibration

    if method not in CALIBRATION_METHODS:
        expected = f"one of {', '.join(CALIBRATION_METHODS)}"
        raise UsageError.about("calibration", "method", f"is {method!r}", expected=expected)
    truth, probabilities = predictions.truth, predictions.probabilities
    origin = _Origin(classes=predictions.classes, fitted_on=predictions.name, images=len(predictions.image_ids))
    if method == "temperature":
        return TemperatureCalibration(**origin, temperature=fit_temperature(truth, probabilities))
    if method == "vector":
        scales, biases = (tuple(each.tolist()) for each in fit_vector(truth, probabilities))
        return VectorCalibration(**origin, scales=scales, biases=biases)
    thresholds, values = (tuple(tuple(one.tolist()) for one in each) for each in fit_isotonic(truth, probabilities))
    return IsotonicCalibration(**origin, thresholds=thresholds, values=values)


def write_calibration(path: str | os.PathLike[str], calibration: Calibration) -> None:
    """Write the file that :func:`monai_skin.transforms.read_calibration` reads.

    Raises:
        StorageError: the disk is full, read-only or refuses us.
    """
    from monai_skin.transforms import CALIBRATION_FORMAT

    write_json(path, {"format": CALIBRATION_FORMAT, "kind": calibration.kind, **asdict(calibration)})
