# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a check found, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from monai_skin.errors import InvalidInputError, UnsafeArtefactError

__all__ = ["BundleReport", "Finding", "invalid", "unsafe", "warning"]

Severity = Literal["unsafe", "invalid", "warning"]


@dataclass(frozen=True)
class Finding:
    """One problem of a bundle.

    Args:
        severity: ``unsafe`` could run code or write elsewhere, ``invalid`` cannot work as meant, ``warning`` may not.
        where: file and key, such as ``train.json, train#trainer#amp``.
        problem: what was found.
        expected: what would do.
    """

    severity: Severity
    where: str
    problem: str
    expected: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}; expected {self.expected}"


def unsafe(where: str, problem: str, *, expected: str) -> Finding:
    """A finding that refuses the bundle with exit code 4."""
    return Finding("unsafe", where, problem, expected)


def invalid(where: str, problem: str, *, expected: str) -> Finding:
    """A finding that refuses the bundle with exit code 3."""
    return Finding("invalid", where, problem, expected)


def warning(where: str, problem: str, *, expected: str) -> Finding:
    """A finding to tell, not to refuse for."""
    return Finding("warning", where, problem, expected)


@dataclass(frozen=True)
class BundleReport:
    """All findings about one bundle, the worst kind first, each kind in the order of the files."""

    name: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, name: str, findings: Iterable[Finding]) -> BundleReport:
        """Order the findings and drop repeated ones: an overlay shows the problems of its base again."""
        order = {"unsafe": 0, "invalid": 1, "warning": 2}
        return cls(name, tuple(sorted(dict.fromkeys(findings), key=lambda finding: order[finding.severity])))

    def having(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(finding for finding in self.findings if finding.severity == severity)

    @property
    def exit_code(self) -> int:
        """4 when something is unsafe, 3 when something is invalid, else 0."""
        if self.having("unsafe"):
            return UnsafeArtefactError.exit_code
        return InvalidInputError.exit_code if self.having("invalid") else 0

    def raise_if_refused(self) -> None:
        """Raise the typed error of the worst kind, naming its first finding.

        Raises:
            UnsafeArtefactError: something could run code or write elsewhere.
            InvalidInputError: something cannot work as meant.
        """
        for severity, kind in (("unsafe", UnsafeArtefactError), ("invalid", InvalidInputError)):
            found = [finding for finding in self.findings if finding.severity == severity]
            if found:
                more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
                raise kind(f"{self.name}: {found[0]}{more}", source=self.name)
