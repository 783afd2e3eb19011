# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Configs as MONAI puts them together, still without evaluating anything: overlays, ids, references."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from monai.bundle import ConfigParser
from monai.bundle.utils import merge_kv

from monai_skin.pipeline.checks.expressions import references_in

__all__ = ["MISSING", "base_of", "follow", "look_up", "merge"]

MISSING = object()
LONGEST_CHAIN = 20  # references that lead to references


def base_of(name: str, config: Mapping[str, Any]) -> str | None:
    """The file an overlay is laid over; None for a config that stands alone, which names its ``bundle_root``."""
    if "bundle_root" in config:
        return None
    return "train.json" if "train" in name else "inference.json"


def merge(configs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Lay configs over each other, the last on top; keys may be ids such as ``train#trainer#max_epochs``.

    Raises:
        ValueError: a key points into something that is not there.
    """
    parser = ConfigParser(config={}, globals=False)
    for config in configs:
        for key, value in copy.deepcopy(dict(config)).items():
            try:
                merge_kv(parser, key, value)
            except (KeyError, IndexError, TypeError, ValueError):
                raise ValueError(key) from None
    merged: dict[str, Any] = parser.get()
    return merged


def look_up(config: Any, name: str) -> Any:
    """What stands at an id such as ``train::trainer``, or ``MISSING``; local macros are followed."""
    found, chain = config, 0
    for part in name.replace("#", "::").split("::"):
        while isinstance(found, str) and found.startswith("%") and chain < LONGEST_CHAIN:
            found, chain = look_up(config, found[1:]), chain + 1
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return MISSING
    return found


def follow(config: Any, value: Any) -> Any:
    """What a value stands for when it is only a reference; the value itself otherwise."""
    for _ in range(LONGEST_CHAIN):
        if not isinstance(value, str) or not value.startswith("@") or references_in(value) != [_name(value)]:
            return value
        value = look_up(config, _name(value))
    return MISSING


def _name(reference: str) -> str:
    return reference[1:].replace("#", "::")
