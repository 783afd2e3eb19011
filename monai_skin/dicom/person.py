# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a DICOM header says of the person and the place on the body, in the words of the models."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import NamedTuple

import pydicom

from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import DicomFile, dicom_boundary
from monai_skin.labels import MAX_AGE, SITES, UNKNOWN, parse_age_string, parse_sex

__all__ = ["PERSON_FIELDS", "DicomPerson", "read_person"]

PERSON_FIELDS = ("age", "sex", "site")
_DAYS_PER_YEAR = 365.25
_AGE_LENGTH = 4
_SITE_OF_CODE = {site.snomed: site.name for site in SITES.values() if site.snomed}
_SITE_OF_CODE |= {"69536005": "head/neck", "302548004": "head/neck"}  # the head alone
# BodyPartExamined has defined terms (PS3.16 annex L), of which these name a place that a model knows
_SITE_OF_PART = {
    "ABDOMEN": "abdomen",
    "ARM": "arm",
    "BACK": "back",
    "CHEST": "chest",
    "EAR": "ear",
    "FACE": "face",
    "FOOT": "foot",
    "FOREARM": "forearm",
    "HAND": "hand",
    "HEAD": "head/neck",
    "HEADNECK": "head/neck",
    "LEG": "lower extremity",
    "LIP": "lip",
    "NECK": "neck",
    "NOSE": "nose",
    "SCALP": "scalp",
    "THIGH": "thigh",
    "TRUNK": "trunk",
    "UPRARM": "arm",
}


class DicomPerson(NamedTuple):
    """Age in years or None, and words of :mod:`monai_skin.labels` for sex and site; laterality is R, L, B, U or ""."""

    age: float | None = None
    sex: str = UNKNOWN
    site: str = UNKNOWN
    laterality: str = ""


def read_person(file: DicomFile, fields: Sequence[str] = PERSON_FIELDS) -> DicomPerson:
    """Age, sex and site from a header; what it does not say, or says in a word no model knows of, is unknown.

    The age is PatientAge, or the time from PatientBirthDate to the date of the picture. The site is a SNOMED CT code in
    AnatomicRegionSequence, or BodyPartExamined.

    Args:
        file: as ``open_dicom`` gives it.
        fields: those wanted; the others are not looked at.

    Raises:
        InvalidInputError: an element holds what it must not, such as an age of four digits.
    """
    dataset, source = file.dataset, file.source
    with dicom_boundary(source, "header"):
        return DicomPerson(
            age=_age(dataset, source) if "age" in fields else None,
            sex=_sex(dataset, source) if "sex" in fields else UNKNOWN,
            site=_site(dataset) if "site" in fields else UNKNOWN,
            laterality=_laterality(dataset, source) if "site" in fields else "",
        )


def _text(dataset: pydicom.Dataset, keyword: str) -> str:
    value = dataset.get(keyword)
    return "" if value is None else str(value).strip(" \0")


def _age(dataset: pydicom.Dataset, source: str) -> float | None:
    text = _text(dataset, "PatientAge")
    if len(text) > _AGE_LENGTH:  # something else, which is not repeated in a message
        raise InvalidInputError.about(source, "PatientAge", "is no age", expected="three digits and D, W, M or Y")
    if text:
        return parse_age_string(text, source=source)
    born_text = _text(dataset, "PatientBirthDate")
    if not born_text:
        return None
    dates = (_date(_text(dataset, keyword)) for keyword in ("AcquisitionDate", "ContentDate", "StudyDate"))
    born, taken = _date(born_text), next((date for date in dates if date is not None), None)
    # a date of birth is not repeated in a message
    if born is None:
        raise InvalidInputError.about(source, "PatientBirthDate", "is no date", expected="YYYYMMDD, or none")
    if taken is None:
        return None
    years = (taken - born).days / _DAYS_PER_YEAR
    if not 0 <= years <= MAX_AGE:
        problem = f"is not 0 to {MAX_AGE:.0f} years before the picture was taken"
        raise InvalidInputError.about(source, "PatientBirthDate", problem, expected="a date in that time, or none")
    return years


def _date(text: str) -> datetime.date | None:
    """The date of PS3.5 6.2, with the dots of the standard before DICOM as well; None for anything else."""
    for form in ("%Y%m%d", "%Y.%m.%d"):
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _sex(dataset: pydicom.Dataset, source: str) -> str:
    text = _text(dataset, "PatientSex")
    if text not in ("", "F", "M", "O"):
        raise InvalidInputError.about(source, "PatientSex", "is another word", expected="F, M, O, or none")
    return parse_sex(text, source=source, field="PatientSex")


def _site(dataset: pydicom.Dataset) -> str:
    for region in dataset.get("AnatomicRegionSequence") or ():
        if _text(region, "CodingSchemeDesignator") == "SCT":
            name = _SITE_OF_CODE.get(_text(region, "CodeValue"))
            if name is not None:
                return name
    return _SITE_OF_PART.get(_text(dataset, "BodyPartExamined").upper(), UNKNOWN)


def _laterality(dataset: pydicom.Dataset, source: str) -> str:
    text = _text(dataset, "ImageLaterality") or _text(dataset, "Laterality")
    if text not in ("", "R", "L", "B", "U"):
        raise InvalidInputError.about(source, "ImageLaterality", "is another word", expected="R, L, B, U, or none")
    return text
