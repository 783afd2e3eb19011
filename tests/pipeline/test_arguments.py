# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Arguments against signatures."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Optional

import pytest
from monai.data import DataLoader

from monai_skin.pipeline.checks.arguments import admits, argument_findings, parameters_of


class Mode(StrEnum):
    ONE = "one"


FITS = [
    (bool, True),
    (int, 3),
    (float, 3),
    (float, 0.5),
    (str, "a"),
    (int | None, None),
    (Optional[int], 3),  # noqa: UP045 - MONAI writes it so
    (Sequence[int], [1, 2]),
    (Sequence[int] | int, 1),
    (Sequence[str], "image"),
    (tuple[int, int], [1, 2]),
    (tuple[int, ...], [1, 2, 3]),
    (Literal["a", "b"], "a"),
    (Mapping[str, int], {"a": 1}),
    (Hashable, "image"),
    (Mode, "one"),
    (Any, 3),
    (object, 3),
    (Path, "a"),
    (Callable[[int], int] | str, "mean"),
    ("SomethingForTypeCheckers", 3),
]
FITS_NOT = [
    (bool, "True"),
    (bool, "False"),
    (bool, 1),
    (int, True),
    (int, 1.5),
    (int, "3"),
    (float, "0.1"),
    (float, False),
    (str, 3),
    (str, None),
    (int | None, "none"),
    (Sequence[int], ["1"]),
    (Sequence[int], 3),
    (tuple[int, int], [1, 2, 3]),
    (tuple[int, int], "ab"),
    (Literal["a", "b"], "c"),
    (Mapping[str, int], [1]),
    (Hashable, ["image"]),
    (Callable[[int], int], 3),
    (Path, True),
]


@pytest.mark.parametrize(("annotation", "value"), FITS, ids=str)
def test_a_value_of_the_type_fits(annotation, value):
    assert admits(annotation, value)


@pytest.mark.parametrize(("annotation", "value"), FITS_NOT, ids=str)
def test_c11_a_value_of_another_type_does_not(annotation, value):
    assert not admits(annotation, value)


def problems(**component: Any) -> list[str]:
    target = component.pop("target", "DataLoader")
    return [str(finding) for finding in argument_findings("x.json", {"part": {"_target_": target, **component}})]


def test_c10_a_misspelt_argument_is_found_though_the_class_takes_any():
    assert problems(dataset="@d", batch_szie=3) == [
        "x.json, part#batch_szie: is no argument of DataLoader; expected perhaps 'batch_size'"
    ]


def test_a_missing_argument_is_found_unless_only_prepared():
    assert problems() == ["x.json, part: lacks the argument 'dataset' of DataLoader; expected all that have no default"]
    assert problems(_mode_="callable") == []


def test_c11_true_in_quotes_is_found_also_behind_a_reference():
    config = {"flag": "True", "part": {"_target_": "Activationsd", "keys": "pred", "sigmoid": "@flag"}}
    (finding,) = argument_findings("x.json", config)
    assert str(finding) == "x.json, part#sigmoid: is 'True'; expected collections.abc.Sequence[bool] | bool"


def test_what_is_only_known_at_run_time_is_left_alone():
    nested = {"_target_": "Compose", "transforms": []}
    assert problems(dataset={"_target_": "Dataset", "data": "$@a + @b", "transform": nested}, batch_size="$@n") == []


def test_arguments_passed_on_are_those_of_the_class_behind():
    parameters, takes_any = parameters_of(DataLoader)
    assert not takes_any
    assert {"dataset", "num_workers", "batch_size", "pin_memory"} <= set(parameters)
    assert parameters["num_workers"].annotation is int
    assert parameters["dataset"].default is inspect.Parameter.empty
