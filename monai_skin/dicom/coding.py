# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Coded words of results: SNOMED CT where a code names exactly the thing, and codes of our own elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monai_skin.labels import DIAGNOSES, SITES

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

__all__ = ["OWN_SCHEME", "diagnosis_code", "own_code", "site_code", "snomed"]

OWN_SCHEME = "99MONAISKIN"
_MEANING_LENGTH = 64


def snomed(value: str, meaning: str) -> CodedConcept:
    """A concept of SNOMED CT."""
    from highdicom.sr import CodedConcept

    return CodedConcept(value, "SCT", meaning[:_MEANING_LENGTH])


def own_code(value: str, meaning: str) -> CodedConcept:
    """A concept of this project's private coding scheme; a value has at most 16 characters."""
    from highdicom.sr import CodedConcept

    return CodedConcept(value[:16], OWN_SCHEME, meaning[:_MEANING_LENGTH])


def diagnosis_code(dx: str) -> CodedConcept:
    """The class of a diagnosis: SNOMED CT unless it pools several disorders."""
    diagnosis = DIAGNOSES[dx]
    return snomed(diagnosis.snomed, diagnosis.name) if diagnosis.snomed else own_code(dx, diagnosis.name)


def site_code(site: str) -> CodedConcept | None:
    """The place on the body, where a code names exactly it."""
    found = SITES[site]
    return snomed(found.snomed, found.name) if found.snomed else None
