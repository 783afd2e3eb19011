# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Check a bundle by reading it, before anything of it is evaluated.

A MONAI config is a program: ``_target_`` calls whatever it names and ``$`` runs whatever follows it, and switching
evaluation off in MONAI stops neither imports nor calls (GHSA-873f-pvrv-4x83). So a bundle is compared with lists of
what ours need, and everything else is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_json
from monai_skin.pipeline.checks.arguments import argument_findings
from monai_skin.pipeline.checks.files import file_findings, weight_findings
from monai_skin.pipeline.checks.findings import BundleReport, Finding, invalid
from monai_skin.pipeline.checks.keys import key_findings
from monai_skin.pipeline.checks.merge import base_of, merge
from monai_skin.pipeline.checks.metadata import metadata_findings
from monai_skin.pipeline.checks.walk import TOO_DEEP, unsafe_findings

__all__ = ["check_bundle"]

METADATA = "metadata.json"


def check_bundle(root: str | os.PathLike[str]) -> BundleReport:
    """Read a bundle's files and list everything that is unsafe or cannot work, all at once.

    Args:
        root: the bundle's root folder, with ``configs`` in it.

    Returns:
        A report; ``report.raise_if_refused()`` turns it into the typed error.

    Raises:
        InvalidInputError: there is no bundle at that place.
    """
    folder = Path(root)
    if not (folder / "configs").is_dir():
        raise InvalidInputError.about(folder.name, "bundle", "has no configs folder", expected="a bundle's root")
    findings: list[Finding] = list(file_findings(folder))
    configs: dict[str, Mapping[str, Any]] = {}
    for path in sorted((folder / "configs").glob("*.json")):
        findings.extend(_read(path, configs))
    for name, config in configs.items():
        findings.extend(_one_config(folder, name, config, configs))
    return BundleReport.of(folder.resolve().name, findings)


def _read(path: Path, configs: dict[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Parse one file into ``configs``; a doubled key is an error here, where MONAI lets the last one win."""
    try:
        content = read_json(path)
    except InvalidInputError as error:
        problem, _, expected = str(error).removeprefix(f"{path.name}: ").partition("; expected ")
        yield invalid(path.name, problem, expected=expected)
        return
    if path.name == METADATA:
        yield from metadata_findings(content)
    elif not isinstance(content, Mapping):
        yield invalid(path.name, "is not an object", expected="a config")
    else:
        dangers = unsafe_findings(path.name, content)
        yield from dangers
        if all(finding.problem != TOO_DEEP for finding in dangers):  # everything that follows recurses
            configs[path.name] = content


def _one_config(
    folder: Path, name: str, config: Mapping[str, Any], configs: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    base_name = base_of(name, config)
    base = configs.get(base_name or "")
    if base_name is not None and base is None:
        yield invalid(name, f"lies over {base_name}, which cannot be read", expected="it beside this file")
        return
    try:
        merged = merge([config] if base is None else [base, config])
    except ValueError as error:
        yield invalid(f"{name}, {error}", "changes what is not there", expected="an id of the config below it")
        return
    # told once, where they stand: an overlay shows the problems of its base again
    known = () if base is None else {_place(finding) for finding in _of_merged(base_name or "", base, merge([base]))}
    yield from (finding for finding in _of_merged(name, config, merged) if _place(finding) not in known)
    if name == "inference.json":
        yield from weight_findings(folder, merged)


def _of_merged(name: str, config: Mapping[str, Any], merged: Mapping[str, Any]) -> Iterator[Finding]:
    yield from unsafe_findings(name, merged)
    yield from key_findings(name, merged, own=config)
    yield from argument_findings(name, merged)


def _place(finding: Finding) -> tuple[str, str]:
    """Key and problem, without the file."""
    return finding.where.partition(", ")[2], finding.problem
