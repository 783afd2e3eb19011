# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Look at every string and every component of a config, wherever it stands, without evaluating any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from monai_skin.pipeline.checks.expressions import problem_in_expression
from monai_skin.pipeline.checks.findings import Finding, unsafe
from monai_skin.pipeline.checks.targets import ALLOWED_TARGETS

__all__ = ["TOO_DEEP", "iterate", "plain_text_findings", "unsafe_findings"]

LOCAL_MACRO = re.compile(r"%\w+(?:(?:::|#)\w+)*")
SPECIAL_KEYS = frozenset({"_target_", "_disabled_", "_requires_", "_desc_", "_mode_"})
_TARGET_NAMES = tuple(ALLOWED_TARGETS)  # compared by value: what stands there may be a list, which no set can hold
TOO_DEEP = "is nested too deep"
DEEPEST = 60  # levels; ours have under ten, and recursion must end before Python's does


def iterate(config: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with its path, containers before what they hold."""
    yield path, config
    if len(path) > DEEPEST:
        return
    pairs = config.items() if isinstance(config, Mapping) else enumerate(config) if isinstance(config, list) else ()
    for key, value in pairs:
        yield from iterate(value, (*path, str(key)))


def unsafe_findings(file: str, config: Any) -> list[Finding]:
    """Everything in a config that could run or reach what no bundle of ours needs."""
    return [finding for path, value in iterate(config) for finding in _at(f"{file}, {'#'.join(path)}", path, value)]


def plain_text_findings(file: str, content: Any) -> list[Finding]:
    """The same for a file that should only describe: MONAI evaluates expressions in the metadata too."""
    found = []
    for path, value in iterate(content):
        if len(path) > DEEPEST:
            found.append(_too_deep(f"{file}, {path[0]}"))
        active = isinstance(value, str) and value.startswith(("$", "%", "@"))
        if active or (isinstance(value, Mapping) and "_target_" in value):
            found.append(unsafe(f"{file}, {'#'.join(path)}", "is not plain text", expected="a description only"))
    return found


def _at(where: str, path: tuple[str, ...], value: Any) -> Iterator[Finding]:
    if len(path) > DEEPEST:
        yield _too_deep(where.partition("#")[0])
    if isinstance(value, Mapping):
        yield from _component(where, value)
    if isinstance(value, str) and value.startswith("$") and (problem := problem_in_expression(value[1:])):
        expected = "one of the forms listed in the documentation of bundles"
        yield unsafe(where, f"the expression {_short(value)} {problem}", expected=expected)
    if isinstance(value, str) and value.startswith("%") and not LOCAL_MACRO.fullmatch(value):
        yield unsafe(where, f"the macro {_short(value)} reads another file", expected="a key of the same file")


def _too_deep(where: str) -> Finding:
    return unsafe(where, TOO_DEEP, expected=f"at most {DEEPEST} levels")


def _component(where: str, value: Mapping[str, Any]) -> Iterator[Finding]:
    named = {key.replace("#", "::").split("::")[-1].lstrip("+"): part for key, part in value.items()}  # overlays: a#b
    if "_target_" in named and named["_target_"] not in _TARGET_NAMES:
        yield unsafe(where, f"_target_ is {_short(named['_target_'])}", expected="a name of the list of targets")
    if not isinstance(named.get("_disabled_", False), bool):
        yield unsafe(where, "_disabled_ is decided at run time", expected="true or false")
    if named.get("_mode_", "default") not in ("default", "callable"):
        yield unsafe(where, f"_mode_ is {_short(named['_mode_'])}", expected="default or callable")
    for key in named:
        if key.startswith("_") and key not in {*SPECIAL_KEYS, "_meta_"}:
            yield unsafe(where, f"the key {_short(key)} is reserved", expected="a name without a leading underscore")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
