# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Probabilities that mean what they say: temperature scaling, with a temperature kept in a file."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from monai.config.type_definitions import KeysCollection
from monai.transforms import MapTransform, Transform

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_json
from monai_skin.transforms.checks import like, plain, source_of

__all__ = [
    "CALIBRATION_FORMAT",
    "CalibrateProbabilities",
    "CalibrateProbabilitiesd",
    "Calibration",
    "apply_temperature",
    "read_calibration",
]

CALIBRATION_FORMAT = 1


class Calibration(NamedTuple):
    """A temperature, and what it was fitted for.

    Args:
        temperature: above 1 it makes probabilities more even, below 1 more extreme.
        classes: codes of the classes, in the order of the network's outputs.
        fitted_on: what the images were called.
        images: how many there were.
    """

    temperature: float
    classes: tuple[str, ...]
    fitted_on: str
    images: int


def read_calibration(path: str | os.PathLike[str]) -> Calibration:
    """Read a calibration file, such as ``python -m monai_skin calibrate`` writes.

    Raises:
        InvalidInputError: the file is missing or no JSON, or a field is absent or cannot be used.
    """
    content, source = read_json(path), Path(path).name
    if not isinstance(content, dict):
        raise InvalidInputError.about(source, "document", f"is a {type(content).__name__}", expected="an object")
    _demand(content, source, "format", lambda value: value == CALIBRATION_FORMAT, str(CALIBRATION_FORMAT))
    _demand(content, source, "kind", lambda value: value == "temperature", '"temperature"')
    _demand(content, source, "temperature", _is_positive, "a number above 0")
    _demand(content, source, "classes", _are_classes, "two or more class codes, each once")
    _demand(content, source, "fitted_on", lambda value: isinstance(value, str), "the name of a set of images")
    _demand(content, source, "images", lambda value: type(value) is int and value > 0, "a whole number above 0")
    return Calibration(
        float(content["temperature"]), tuple(content["classes"]), content["fitted_on"], content["images"]
    )


def _demand(content: Mapping[str, Any], source: str, field: str, is_good: Callable[[Any], bool], expected: str) -> None:
    if field not in content:
        raise InvalidInputError.about(source, field, "is missing", expected=expected)
    if not is_good(content[field]):
        raise InvalidInputError.about(source, field, f"is {content[field]!r}", expected=expected)


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def _are_classes(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 2
        and all(isinstance(code, str) and code for code in value)
        and len(set(value)) == len(value)
    )


def apply_temperature(probabilities: torch.Tensor, temperature: float) -> torch.Tensor:
    """Softmax of the logarithms over ``temperature``, which is the softmax of the logits over it.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, https://arxiv.org/abs/1706.04599. The order of
    an image's classes stays as it is; only how far apart they are changes.

    Args:
        probabilities: ``(..., K)`` floating point, adding up to 1 over the last dimension.
        temperature: above 0; 1 changes nothing.

    Returns:
        Same shape and dtype.

    >>> [round(value, 3) for value in apply_temperature(torch.tensor([0.9, 0.1]), 2.0).tolist()]
    [0.75, 0.25]
    """
    # a probability of 0 stays 0 to within what float32 holds, and its logarithm stays finite
    logarithms = probabilities.double().clamp_min(torch.finfo(torch.float32).tiny).log()
    return torch.softmax(logarithms / temperature, dim=-1).to(probabilities.dtype)


class CalibrateProbabilities(Transform):
    """Array form of :func:`apply_temperature`, with the temperature from a calibration file.

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
        return like(apply_temperature(values, self.calibration.temperature), probabilities)


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
