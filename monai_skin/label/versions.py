# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights that came out of annotation: every version kept, and on record which one answers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import atomic_file, read_json, sha256_of, write_json

__all__ = ["WeightVersions"]

_RECORD = "versions.json"
BUNDLES_OWN = 0


@dataclass(frozen=True)
class WeightVersions:
    """A folder of ``model_v1.pt``, ``model_v2.pt`` and so on, beside ``versions.json``, which says what each is.

    Version 0 is the bundle's own weights. Nothing is ever removed or replaced.

    Args:
        folder: made when the first version comes.
    """

    folder: Path

    @property
    def record(self) -> dict[str, Any]:
        """``active``, a number, and ``versions``, a row each."""
        file = self.folder / _RECORD
        return read_json(file) if file.is_file() else {"active": BUNDLES_OWN, "versions": []}

    @property
    def active(self) -> int:
        """The version that answers."""
        return int(self.record["active"])

    def weights(self) -> tuple[Path, str] | None:
        """The file of the active version and the digest it must have; None for the bundle's own.

        Raises:
            InvalidInputError: the record names a version that it does not have.
        """
        record = self.record
        if record["active"] == BUNDLES_OWN:
            return None
        row = self._row(record, record["active"])
        if row is None:
            problem = f"is {record['active']}, which is not on record"
            raise InvalidInputError.about(_RECORD, "active", problem, expected="the number of a version")
        return self.folder / row["file"], row["sha256"]

    def add(self, weights: str | os.PathLike[str], about: Mapping[str, Any]) -> int:
        """Keep a copy of a weight file as the next version and let it answer from now on; return its number.

        Args:
            about: what to remember of it, such as how many pictures it learnt from.
        """
        record = self.record
        number = 1 + max((int(row["version"]) for row in record["versions"]), default=BUNDLES_OWN)
        name = f"model_v{number}.pt"
        with atomic_file(self.folder / name) as stream, Path(weights).open("rb") as source:
            shutil.copyfileobj(source, stream)
        row = {
            "version": number,
            "file": name,
            "sha256": sha256_of(self.folder / name),
            "learnt_from_version": record["active"],
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            **about,
        }
        write_json(self.folder / _RECORD, {"active": number, "versions": [*record["versions"], row]})
        return number

    def activate(self, number: int) -> None:
        """Let another version answer; 0 for the bundle's own.

        Raises:
            UsageError: there is none of that number.
        """
        record = self.record
        if number != BUNDLES_OWN and self._row(record, number) is None:
            known = ", ".join(str(row["version"]) for row in record["versions"]) or "none yet"
            raise UsageError.about("weights", f"version {number}", "does not exist", expected=f"0, or one of: {known}")
        write_json(self.folder / _RECORD, {**record, "active": number})

    @staticmethod
    def _row(record: Mapping[str, Any], number: int) -> dict[str, Any] | None:
        return next((row for row in record["versions"] if row["version"] == number), None)
