# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What an integrity check found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from monai_skin.errors import IntegrityError, InvalidInputError

__all__ = ["KINDS", "Finding", "Report"]

_INVALID, _CONTRADICTION = InvalidInputError.exit_code, IntegrityError.exit_code

# every kind of finding with the exit code it asks for; 0 is a warning
KINDS: Mapping[str, int] = {
    "unusable_row": _INVALID,
    "missing_file": _INVALID,
    "case_differs": _INVALID,
    "unicode_differs": _INVALID,
    "unreadable_image": _INVALID,
    "unreadable_mask": _INVALID,
    "mask_size": _INVALID,
    "unknown_label": _INVALID,
    "duplicate_row": _CONTRADICTION,
    "conflicting_rows": _CONTRADICTION,
    "group_in_two_sections": _CONTRADICTION,
    "same_bytes_in_two_groups": _CONTRADICTION,
    "same_bytes": 0,
    "near_duplicate": 0,
    "empty_mask": 0,
    "missing_mask": 0,
    "extra_file": 0,
    "two_diagnoses_in_a_lesion": 0,
    "class_absent": 0,
    "downsampled_copy": 0,
}


class Finding(NamedTuple):
    """One problem.

    Args:
        item: image id, file name or class it is about.
        field: what of it is wrong.
        kind: one of :data:`KINDS`.
        text: the whole sentence.
    """

    item: str
    field: str
    kind: str
    text: str

    @property
    def severity(self) -> str:
        """``"error"`` when it must be put right before training, else ``"warning"``."""
        return "error" if KINDS[self.kind] else "warning"

    @classmethod
    def about(cls, item: str, field: str, kind: str, problem: str, *, expected: str) -> Finding:
        """Build the one-sentence text from its parts."""
        return cls(item, field, kind, f"{item}: {field} {problem}; expected {expected}")


class Report(NamedTuple):
    """All that was found, in the order it was looked for.

    Args:
        items: number of items that were checked.
        findings: empty when there is nothing to say.
    """

    items: int
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that must be put right before training."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def exit_code(self) -> int:
        """0 without errors; 3 when something cannot be used; else 9, when things contradict each other."""
        codes = {KINDS[finding.kind] for finding in self.errors}
        return min(codes, default=0)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each kind that occurs."""
        return dict(Counter(finding.kind for finding in self.findings))

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        findings = [{**finding._asdict(), "severity": finding.severity} for finding in self.findings]
        return {"items": self.items, "exit_code": self.exit_code, "counts": self.counts, "findings": findings}

    def to_text(self, most: int = 20) -> str:
        """The report for a person: a count and the first findings of each kind.

        Args:
            most: findings of one kind that are written out.
        """
        lines = [f"{self.items} items, {len(self.errors)} errors, {len(self.findings) - len(self.errors)} warnings"]
        for kind, count in self.counts.items():
            chosen = [finding for finding in self.findings if finding.kind == kind]
            lines.append(f"{chosen[0].severity}: {kind.replace('_', ' ')} ({count})")
            lines += [f"  {finding.text}" for finding in chosen[:most]]
            if count > most:
                lines.append(f"  and {count - most} more")
        return "\n".join(lines)
