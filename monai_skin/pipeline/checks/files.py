# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The files of a bundle: what must be there, what must not, and whether the weights are the ones meant."""

from __future__ import annotations

import importlib.machinery
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_json, sha256_of, stated_digest
from monai_skin.pipeline.checks.findings import Finding, invalid, unsafe
from monai_skin.pipeline.checks.merge import follow
from monai_skin.pipeline.checks.walk import iterate

__all__ = ["canonical_logging", "file_findings", "weight_findings"]

REQUIRED = (
    "LICENSE",
    "configs/inference.json",
    "configs/logging.conf",
    "configs/metadata.json",
    "docs/README.md",
    "docs/data_license.txt",
)
# MONAI puts a bundle's root on Python's search path, so a file that can be imported there may replace any package
IMPORTABLE = tuple(importlib.machinery.all_suffixes())
KNOWN_SUFFIXES = {
    "": {"", ".json", ".md", ".txt"},
    "configs": {".json", ".conf"},
    "docs": {".jpg", ".json", ".md", ".png", ".svg", ".txt"},
    "models": {".json", ".onnx", ".pt", ".pt2", ".safetensors", ".sha256", ".ts"},
}
LOAD_WEIGHTS = "monai_skin.handlers.LoadWeights"
ROOT_PREFIX = ("$@bundle_root + '", '$@bundle_root + "', "$@bundle_root+'", '$@bundle_root+"')


def canonical_logging() -> str:
    """The one logging set-up a bundle may have: Python evaluates parts of such files."""
    return (resources.files("monai_skin.pipeline") / "schemas" / "logging.conf").read_text("utf-8")


def file_findings(root: Path) -> Iterator[Finding]:
    """Missing files, files that could be imported, links that lead out, and another logging set-up."""
    for name in REQUIRED:
        if not (root / name).is_file():
            yield invalid(name, "is missing", expected="a file")
    for path in sorted(root.rglob("*")):
        yield from _one_file(root, path)
    logging = root / "configs" / "logging.conf"
    if (
        logging.is_file()
        and logging.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n") != canonical_logging()
    ):
        yield unsafe("configs/logging.conf", "is not the usual one", expected="an exact copy of this package's file")


def _one_file(root: Path, path: Path) -> Iterator[Finding]:
    parts = path.relative_to(root).parts
    name = "/".join(parts)
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        yield unsafe(name, "is a link that leads out of the bundle", expected="a file")
    elif path.name.lower().endswith(IMPORTABLE):
        yield unsafe(name, "could be imported as code", expected="no code in a bundle")
    elif path.is_file():
        known = KNOWN_SUFFIXES.get(parts[0] if len(parts) > 1 else "")  # other folders hold results of runs
        if known is not None and path.suffix.lower() not in known:
            yield invalid(name, "is of no known kind", expected=f"one of {', '.join(sorted(known - {''}))}")


def weight_findings(root: Path, inference: Mapping[str, Any]) -> Iterator[Finding]:
    """Weights that ``inference.json`` loads and that are missing or differ from a stated digest."""
    stated = dict(_large_files(root))
    for path, value in iterate(inference):
        if isinstance(value, Mapping) and value.get("_target_") == LOAD_WEIGHTS:
            name = _below_root(follow(inference, value.get("path", "")))
            where = f"inference.json, {'#'.join(path)}"
            digest = follow(inference, value.get("sha256"))
            if not isinstance(digest, str) and name:
                try:
                    digest = stated_digest(root / name)
                except InvalidInputError as error:
                    yield invalid(f"{name}.sha256", "holds no digest", expected=str(error).rpartition("expected ")[2])
            if isinstance(digest, str):
                stated.setdefault(name, digest)
            if name and not (root / name).is_file():
                yield invalid(where, f"loads {name}, which is missing", expected="a weight file")
    for name, digest in sorted(stated.items()):
        if name and (root / name).is_file() and sha256_of(root / name) != digest:
            yield invalid(name, "has another SHA-256 than the one stated", expected=digest)


def _below_root(path: Any) -> str:
    """The part after ``bundle_root`` of a joined path, or nothing when it is another form."""
    text = str(path)
    for prefix in ROOT_PREFIX:
        if text.startswith(prefix) and text[-1] in "'\"":
            return text[len(prefix) : -1].lstrip("/")
    return ""


def _large_files(root: Path) -> Iterator[tuple[str, str]]:
    """Digests in ``large_files.json``, MONAI's list of what is downloaded into a bundle."""
    path = root / "large_files.json"
    if path.is_file():
        try:
            entries = read_json(path).get("large_files", [])
            yield from ((str(one["path"]), str(one["hash_val"])) for one in entries if one.get("hash_type") == "sha256")
        except (InvalidInputError, AttributeError, KeyError, TypeError):
            yield "large_files.json", "a list of files with path, hash_val and hash_type"
