# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The JSON file that keeps a calibration: every field looked at before any is used."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_json
from monai_skin.transforms.calibration import (
    Calibration,
    IsotonicCalibration,
    TemperatureCalibration,
    VectorCalibration,
)

__all__ = ["CALIBRATION_FORMAT", "FittedFile", "read_calibration"]

CALIBRATION_FORMAT = 1
KINDS = '"temperature", "vector" or "isotonic"'


class FittedFile:
    """The object in a JSON file of something fitted to images, read field by field.

    Args:
        path: the file.

    Raises:
        InvalidInputError: the file is missing, no JSON or no object.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        content, self.source = read_json(path), Path(path).name
        if not isinstance(content, dict):
            problem = f"is a {type(content).__name__}"
            raise InvalidInputError.about(self.source, "document", problem, expected="an object")
        self.content: Mapping[str, Any] = content

    def field(self, name: str, is_good: Callable[[Any], bool], expected: str) -> Any:
        """The field's value.

        Raises:
            InvalidInputError: it is absent or cannot be used, naming file and field.
        """
        if name not in self.content:
            raise InvalidInputError.about(self.source, name, "is missing", expected=expected)
        value = self.content[name]
        if not is_good(value):
            problem = f"is {_shortened(repr(value))}"
            raise InvalidInputError.about(self.source, name, problem, expected=expected)
        return value

    def one_a_class(
        self, name: str, classes: Sequence[str], is_good: Callable[[Any], bool], expected: str
    ) -> list[Any]:
        """The field's list, which has one value a class.

        Raises:
            InvalidInputError: it is no list of that length, or a value cannot be used, naming its class.
        """
        wanted = f"a list of {len(classes)}, one a class"
        found: list[Any] = self.field(
            name, lambda value: isinstance(value, list) and len(value) == len(classes), wanted
        )
        for code, value in zip(classes, found, strict=True):
            if not is_good(value):
                problem = f"is {_shortened(repr(value))}"
                raise InvalidInputError.about(self.source, f"{name} of {code}", problem, expected=expected)
        return found

    def origin(self) -> dict[str, Any]:
        """The fields ``classes``, ``fitted_on`` and ``images``, which every such file has."""
        return {
            "classes": tuple(self.field("classes", _are_classes, "two or more class codes, each once")),
            "fitted_on": self.field("fitted_on", lambda one: isinstance(one, str), "the name of a set of images"),
            "images": self.field("images", lambda one: type(one) is int and one > 0, "a whole number above 0"),
        }


def read_calibration(path: str | os.PathLike[str]) -> Calibration:
    """Read a calibration file of any kind, such as ``python -m monai_skin calibrate`` writes.

    Raises:
        InvalidInputError: the file is missing or no JSON, or a field is absent or cannot be used.
    """
    file = FittedFile(path)
    file.field("format", lambda value: value == CALIBRATION_FORMAT, str(CALIBRATION_FORMAT))
    kind = file.field("kind", lambda value: isinstance(value, str) and value in _READERS, KINDS)
    return _READERS[kind](file)


def _temperature(file: FittedFile) -> Calibration:
    found = file.field("temperature", _is_positive, "a number above 0")
    return TemperatureCalibration(**file.origin(), temperature=float(found))


def _vector(file: FittedFile) -> Calibration:
    origin = file.origin()
    scales = file.one_a_class("scales", origin["classes"], _is_positive, "a number above 0")
    biases = file.one_a_class("biases", origin["classes"], is_number, "a number")
    return VectorCalibration(**origin, scales=tuple(map(float, scales)), biases=tuple(map(float, biases)))


def _isotonic(file: FittedFile) -> Calibration:
    origin = file.origin()
    wanted = "probabilities from 0 to 1, each above the one before"
    thresholds = file.one_a_class("thresholds", origin["classes"], _rise, wanted)
    wanted = "probabilities from 0 to 1, none below the one before"
    values = file.one_a_class("values", origin["classes"], _never_fall, wanted)
    for code, x, y in zip(origin["classes"], thresholds, values, strict=True):
        if len(x) != len(y):
            problem = f"has {len(y)} numbers"
            raise InvalidInputError.about(
                file.source, f"values of {code}", problem, expected=f"{len(x)}, as thresholds"
            )
    lists = (tuple(tuple(map(float, each)) for each in one) for one in (thresholds, values))
    return IsotonicCalibration(**origin, thresholds=next(lists), values=next(lists))


_READERS = {"temperature": _temperature, "vector": _vector, "isotonic": _isotonic}


def is_number(value: object) -> bool:
    """Whether JSON's value is a number that a float holds; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_positive(value: Any) -> bool:
    return is_number(value) and value > 0


def _are_probabilities(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(is_number(one) and 0 <= one <= 1 for one in value)


def _rise(value: Any) -> bool:
    return _are_probabilities(value) and all(low < high for low, high in pairwise(value))


def _never_fall(value: Any) -> bool:
    return _are_probabilities(value) and all(low <= high for low, high in pairwise(value))


def _are_classes(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 2
        and all(isinstance(code, str) and code for code in value)
        and len(set(value)) == len(value)
    )


def _shortened(text: str, longest: int = 80) -> str:
    return text if len(text) <= longest else f"{text[:longest]} ..."
