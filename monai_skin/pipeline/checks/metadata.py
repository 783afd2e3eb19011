# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a bundle says about itself: the fields, the changelog, the version of this package it was made for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import jsonschema

from monai_skin import __version__
from monai_skin.pipeline.checks.findings import Finding, invalid, warning
from monai_skin.pipeline.checks.walk import plain_text_findings

__all__ = ["metadata_findings"]

FILE = "metadata.json"
OUR_NAMES = ("monai_skin", "monai-skin")


def metadata_findings(metadata: Any) -> list[Finding]:
    """Problems of ``configs/metadata.json``, found without the network."""
    if not isinstance(metadata, Mapping):
        return [invalid(FILE, "is not an object", expected="the fields of a bundle")]
    return [*plain_text_findings(FILE, metadata), *_by_schema(metadata), *_changelog(metadata), *_our_version(metadata)]


def _by_schema(metadata: Mapping[str, Any]) -> Iterator[Finding]:
    for error in jsonschema.Draft202012Validator(_schema()).iter_errors(metadata):
        where = "#".join(str(part) for part in error.absolute_path)
        expected = error.schema.get("description", "a value that fits the schema")
        yield invalid(f"{FILE}, {where}" if where else FILE, error.message[:200], expected=expected)


def _changelog(metadata: Mapping[str, Any]) -> Iterator[Finding]:
    version, changelog = metadata.get("version"), metadata.get("changelog")
    if isinstance(changelog, Mapping) and version not in changelog:
        yield invalid(f"{FILE}, changelog", f"does not mention version {version}", expected="an entry for it")


def _our_version(metadata: Mapping[str, Any]) -> Iterator[Finding]:
    required = metadata.get("required_packages_version")
    where = f"{FILE}, required_packages_version"
    if not isinstance(required, Mapping):
        return
    wanted = next((str(required[name]) for name in OUR_NAMES if name in required), "")
    if not wanted:
        yield warning(
            where, "does not name monai_skin", expected=f"the version it was made with, such as {__version__}"
        )
    elif _major(wanted) != _major(__version__):
        yield invalid(where, f"asks for monai_skin {wanted}", expected=f"what fits {__version__}")
    elif wanted != __version__:
        yield warning(where, f"was made with monai_skin {wanted}", expected=f"{__version__}, the installed version")


def _major(version: str) -> str:
    """What may not change: the first number, and while that is 0 the second as well (SemVer 2.0, clause 4)."""
    parts = version.split(".")
    return ".".join(parts[:2]) if parts[0] == "0" else parts[0]


@cache
def _schema() -> Any:
    return json.loads((resources.files("monai_skin.pipeline") / "schemas" / "metadata.schema.json").read_text("utf-8"))
