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
TRAIN, INFERENCE = "train.json", "inference.json"
PRESETS = "presets"
BASES = (TRAIN, INFERENCE)  # what the other configs are laid over: a preset over either


def check_bundle(root: str | os.PathLike[str]) -> BundleReport:
    """Read a bundle's files and list everything that is unsafe or cannot work, all at once.

    A preset in ``configs/presets`` is laid over ``train.json`` and over ``inference.json``, so it may hold only what
    both have.

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
    presets: dict[str, Mapping[str, Any]] = {}
    for path in sorted((folder / "configs").glob("*.json")):
        findings.extend(_read(path, path.name, configs))
    for path in sorted((folder / "configs" / PRESETS).glob("*.json")):
        findings.extend(_read(path, f"{PRESETS}/{path.name}", presets))
    findings.extend(_laid_over_each_other(configs, presets))
    if INFERENCE in configs:
        findings.extend(_weights(folder, configs[INFERENCE]))
    return BundleReport.of(folder.resolve().name, findings)


def _read(path: Path, name: str, configs: dict[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Parse one file into ``configs``; a doubled key is an error here, where MONAI lets the last one win."""
    try:
        content = read_json(path, source=name)
    except InvalidInputError as error:
        problem, _, expected = str(error).removeprefix(f"{name}: ").partition("; expected ")
        yield invalid(name, problem, expected=expected)
        return
    if name == METADATA:
        yield from metadata_findings(content)
    elif not isinstance(content, Mapping):
        yield invalid(name, "is not an object", expected="a config")
    else:
        dangers = unsafe_findings(name, content)
        yield from dangers
        if all(finding.problem != TOO_DEEP for finding in dangers):  # everything that follows recurses
            configs[name] = content


def _laid_over_each_other(
    configs: Mapping[str, Mapping[str, Any]], presets: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    layers = [(name, config, base_of(name, config)) for name, config in configs.items()]
    layers += [(name, preset, base) for base in BASES if base in configs for name, preset in presets.items()]
    # told once, where they stand: an overlay shows the problems of its base again
    known = {base: set(map(_place, _of_merged(base, configs[base]))) for base in BASES if base in configs}
    for name, config, base in layers:
        if base is None or base == name:
            yield from _of_merged(name, config)
        elif base not in configs:
            yield invalid(name, f"lies over {base}, which cannot be read", expected="it beside this file")
        else:
            merged = _of_merged(name, config, configs[base])
            yield from (finding for finding in merged if _place(finding) not in known[base])


def _of_merged(name: str, config: Mapping[str, Any], *below: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with a config laid over those below it."""
    try:
        merged = merge([*below, config])
    except ValueError as error:
        yield invalid(f"{name}, {error}", "changes what is not there", expected="an id of the config below it")
        return
    yield from unsafe_findings(name, merged)
    yield from key_findings(name, merged, own=config)
    yield from argument_findings(name, merged)


def _weights(folder: Path, inference: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        merged = merge([inference])
    except ValueError:  # told with the other findings
        return
    yield from weight_findings(folder, merged)


def _place(finding: Finding) -> tuple[str, str]:
    """Key and problem, without the file."""
    return finding.where.partition(", ")[2], finding.problem
