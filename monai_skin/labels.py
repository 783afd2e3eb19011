# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What things are called: diagnoses, body sites and sexes of the public skin-lesion data sets.

"Unknown" is a value of its own: a missing age is ``None`` and a missing sex or site is ``"unknown"``; a value that is
merely misspelt is refused with the nearest name, never turned into "unknown".

SNOMED CT codes stand only where they name exactly the same thing; elsewhere the code is empty.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from monai_skin.errors import InvalidInputError

__all__ = [
    "DIAGNOSES",
    "MAX_AGE",
    "SEXES",
    "SITES",
    "SKIN_TYPES",
    "SUBMISSIONS",
    "UNKNOWN",
    "VERSION",
    "VOCABULARIES",
    "Diagnosis",
    "Site",
    "label_of",
    "parse_age",
    "parse_age_string",
    "parse_diagnosis",
    "parse_sex",
    "parse_site",
    "parse_skin_type",
]

VERSION = "2"  # raised whenever a name is added, so that a model can say which vocabulary it was trained with
UNKNOWN = "unknown"
MAX_AGE = 120.0

_MISSING = frozenset({"", "unknown", "na", "n/a", "nan", "none", "null", "?", "not available"})
_DAYS_PER_YEAR = 365.25
_UNITS_PER_YEAR = {"D": _DAYS_PER_YEAR, "W": _DAYS_PER_YEAR / 7, "M": 12.0, "Y": 1.0}


class Diagnosis(NamedTuple):
    """A lesion class.

    Args:
        name: the words a report uses.
        malignant: whether it is a cancer or its early form.
        snomed: SNOMED CT code of exactly this class; empty when the class pools several disorders.
        also: other spellings found in public tables, lower case.
    """

    name: str
    malignant: bool
    snomed: str = ""
    also: tuple[str, ...] = ()


class Site(NamedTuple):
    """A place on the body, with its SNOMED CT code where one names exactly this place."""

    name: str
    snomed: str = ""


DIAGNOSES = {
    "acd": Diagnosis("allergic contact dermatitis", False, "238575004"),
    "ak": Diagnosis("actinic keratosis", True, "201101007", ("ack",)),
    "akiec": Diagnosis("actinic keratosis or intraepithelial carcinoma", True),
    "bcc": Diagnosis("basal cell carcinoma", True, "254701007"),
    "benign": Diagnosis("benign lesion", False),
    "bkl": Diagnosis("benign keratosis-like lesion", False, "", ("pigmented benign keratosis",)),
    "buruli_ulcer": Diagnosis("buruli ulcer", False),
    "df": Diagnosis("dermatofibroma", False),
    "eczema": Diagnosis("eczema", False, "43116000"),
    "insect_bite": Diagnosis("insect bite", False),
    "leprosy": Diagnosis("leprosy", False, "81004002"),
    "malignant": Diagnosis("malignant lesion", True),
    "mel": Diagnosis("melanoma", True, "93655004"),
    "misc": Diagnosis("miscellaneous lesion", False, "", ("miscellaneous",)),
    "mycetoma": Diagnosis("mycetoma", False),
    "nv": Diagnosis("melanocytic nevus", False, "400096001", ("nev", "nevus", "naevus")),
    "psoriasis": Diagnosis("psoriasis", False, "9014002"),
    "scabies": Diagnosis("scabies", False, "128869009"),
    "scc": Diagnosis("squamous cell carcinoma", True, "254651007"),
    "sk": Diagnosis("seborrheic keratosis", False, "25499005", ("sek", "seborrheic_keratosis")),
    "urticaria": Diagnosis("urticaria", False, "126485001"),
    "vasc": Diagnosis("vascular lesion", False),
    "yaws": Diagnosis("yaws", False),
}

VOCABULARIES = {
    "ham10000": ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"),
    "isic2017": ("mel", "nv", "sk"),
    "isic2019": ("mel", "nv", "bcc", "ak", "bkl", "df", "vasc", "scc"),
    "mind_the_skin": ("buruli_ulcer", "leprosy", "mycetoma", "scabies", "yaws"),
    "pad_ufes_20": ("ak", "bcc", "mel", "nv", "scc", "sk"),
    "benign_malignant": ("benign", "malignant"),
    "derm7pt": ("bcc", "nv", "mel", "misc", "sk"),
    "scin": ("eczema", "acd", "urticaria", "insect_bite", "psoriasis"),
}

# the order of columns in the form an ISIC challenge takes predictions in, named by the code in capitals; "unk" is none
# of the others, of which the training data of 2019 has no picture
SUBMISSIONS = {
    "ham10000": ("mel", "nv", "bcc", "akiec", "bkl", "df", "vasc"),
    "isic2019": ("mel", "nv", "bcc", "ak", "bkl", "df", "vasc", "scc", "unk"),
}

SEXES = ("female", "male", UNKNOWN)

SKIN_TYPES = ("I", "II", "III", "IV", "V", "VI")
"""Fitzpatrick, "The validity and practicality of sun-reactive skin types I through VI", Archives of Dermatology 1988,
https://doi.org/10.1001/archderm.1988.01670060015008."""

SITES = {
    site.name: site
    for site in (
        Site("abdomen", "113345001"),
        Site("acral"),
        Site("anterior torso"),
        Site("arm", "40983000"),
        Site("back", "77568009"),
        Site("chest", "51185008"),
        Site("ear", "117590005"),
        Site("face", "89545001"),
        Site("foot", "56459004"),
        Site("forearm", "14975008"),
        Site("genital"),
        Site("hand", "85562004"),
        Site("head/neck", "774007"),
        Site("lateral torso"),
        Site("lip", "48477009"),
        Site("lower extremity", "61685007"),
        Site("neck", "45048000"),
        Site("nose", "45206002"),
        Site("oral/genital"),
        Site("palms/soles"),
        Site("posterior torso"),
        Site("scalp", "41695006"),
        Site("thigh", "68367000"),
        Site("trunk", "22943007"),
        Site("upper extremity", "53120007"),
        Site(UNKNOWN),
    )
}


def label_of(dx: str, vocabulary: str, *, source: str = "item", field: str = "dx") -> int:
    """Index of a diagnosis code within one data set's classes.

    Raises:
        InvalidInputError: when the data set has no such class.
    """
    names = VOCABULARIES[vocabulary]
    if dx not in names:
        raise InvalidInputError.about(source, field, f"is {dx!r}", expected=f"one of {', '.join(names)}")
    return names.index(dx)


def parse_diagnosis(value: str, *, source: str = "table", field: str = "dx") -> str:
    """Code of a diagnosis written as code or name, in any case; ``""`` when it is missing.

    Raises:
        InvalidInputError: for a word no data set uses; the nearest known one is named.
    """
    word = _plain(value)
    if word in _MISSING:
        return ""
    spellings = {name: code for code, dx in DIAGNOSES.items() for name in (code, dx.name, *dx.also)}
    return spellings[_known(word, value, spellings, "labels.DIAGNOSES", source, field)]


def parse_sex(value: str, *, source: str = "table", field: str = "sex") -> str:
    """``"female"``, ``"male"`` or ``"unknown"``; DICOM's ``O`` is unknown, since no model here was shown it.

    Raises:
        InvalidInputError: for any other word.
    """
    word = _plain(value)
    if word in _MISSING or word in {"o", "other"}:
        return UNKNOWN
    spellings = {"f": "female", "female": "female", "m": "male", "male": "male"}
    return spellings[_known(word, value, spellings, "labels.SEXES", source, field)]


def parse_site(value: str, *, source: str = "table", field: str = "site", names: Iterable[str] | None = None) -> str:
    """Name of a body site, in lower case, or ``"unknown"`` when it is missing.

    Args:
        names: the vocabulary of the model at hand; all of :data:`SITES` by default.

    Raises:
        InvalidInputError: for a word outside the vocabulary; the nearest name is offered.
    """
    word = _plain(value)
    if word in _MISSING:
        return UNKNOWN
    allowed = list(SITES if names is None else names)
    return _known(word, value, allowed, "labels.SITES", source, field)


def parse_skin_type(value: str, *, source: str = "table", field: str = "fitzpatrick") -> str:
    """One of :data:`SKIN_TYPES` from a Roman or an Arabic number, or ``"unknown"`` when it is missing.

    Raises:
        InvalidInputError: for anything else.

    >>> parse_skin_type("4")
    'IV'
    """
    if _plain(value) in _MISSING:
        return UNKNOWN
    # a column of whole numbers with gaps is often written as 4.0
    spellings = {spelling: name for n, name in enumerate(SKIN_TYPES, 1) for spelling in (name, f"{n}", f"{n}.0")}
    word = value.strip().upper()
    if word not in spellings:
        raise InvalidInputError.about(source, field, f"is {value!r}", expected="1 to 6, I to VI, or empty")
    return spellings[word]


def parse_age(value: str | float | None, *, source: str = "table", field: str = "age") -> float | None:
    """Age in years from 0 to 120, or ``None`` when it is missing; 0 is an age, not a missing one.

    Raises:
        InvalidInputError: for anything that is neither.
    """
    if value is None or (isinstance(value, str) and _plain(value) in _MISSING):
        return None
    try:
        years = float(value)
    except (TypeError, ValueError):
        years = math.inf
    if math.isnan(years):
        return None
    if not 0 <= years <= MAX_AGE:
        raise InvalidInputError.about(
            source, field, f"is {value}", expected=f"a number of years from 0 to {MAX_AGE:.0f}, or empty"
        )
    return years


def parse_age_string(value: str | None, *, source: str = "object", field: str = "PatientAge") -> float | None:
    """Years from a DICOM Age String (PS3.5 6.2): three digits and one of D, W, M, Y; ``None`` when empty.

    Raises:
        InvalidInputError: for another form, or for more than 120 years.

    >>> parse_age_string("006M")
    0.5
    """
    text = (value or "").strip(" \0")
    if not text:
        return None
    if re.fullmatch(r"[0-9]{3}[DWMY]", text) is None:
        raise InvalidInputError.about(
            source, field, f"is {text!r}", expected="three digits and D, W, M or Y, such as 034Y"
        )
    years = int(text[:3]) / _UNITS_PER_YEAR[text[3]]
    if years > MAX_AGE:
        raise InvalidInputError.about(source, field, f"is {text!r}", expected=f"at most {MAX_AGE:.0f} years")
    return years


def _plain(value: object) -> str:
    return " ".join(str("" if value is None else value).strip().lower().split())


def _known(word: str, value: object, names: Iterable[str], place: str, source: str, field: str) -> str:
    """``word`` when it is one of ``names``; otherwise the error that offers the nearest one."""
    known = list(names)
    if word in known:
        return word
    parts = {part: name for name in reversed(known) for part in (*name.replace("/", " ").split(), name)}
    near = difflib.get_close_matches(word, parts, n=1, cutoff=0.6)
    hint = f" (did you mean {parts[near[0]]!r}?)" if near else ""
    raise InvalidInputError.about(
        source, field, f"is {str(value)!r}{hint}", expected=f"a name in {place}, or {UNKNOWN!r}"
    )
