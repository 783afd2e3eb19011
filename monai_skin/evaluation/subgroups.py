# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How a model does for women and men, the young and the old, and other groups of people."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.evaluation.bootstrap import Estimate, Resampled, lesion_members, resample
from monai_skin.evaluation.people import Person
from monai_skin.evaluation.predictions import Predictions, malignant_score
from monai_skin.evaluation.subgroup_gaps import Gap, find_gaps
from monai_skin.evaluation.subgroup_scores import SUBGROUP_SCORES, SubgroupScores
from monai_skin.labels import SEXES, SKIN_TYPES, UNKNOWN
from monai_skin.metrics import check_predictions

__all__ = ["AGE_BANDS", "ATTRIBUTES", "Group", "SubgroupReport", "age_band", "subgroup_report"]

Integers = npt.NDArray[np.int64]

ATTRIBUTES = ("sex", "age", "site", "fitzpatrick")
AGE_BANDS = ("<30", "30-44", "45-59", "60-74", ">=75", "missing")
_AGE_EDGES = (30, 45, 60, 75)
# groups that are listed even where they are empty, for it matters that nobody of them was looked at
_LISTED: Mapping[str, tuple[str, ...]] = {"sex": SEXES, "age": AGE_BANDS, "fitzpatrick": (*SKIN_TYPES, UNKNOWN)}

_NO_SKIN_TYPE = "No image has a Fitzpatrick skin type: how the model does by skin tone cannot be told from these data."
_CLASS_MIX = "Groups differ in their share of each class; see the class counts before reading a gap as unfairness."
_PICKED = (
    "A gap is between the highest and the lowest group of all images, picked after the fact: "
    "among many groups it is wide by chance alone, and its interval does not allow for that."
)


@dataclass(frozen=True)
class Group:
    """The images of one group and how the model does on them.

    Args:
        attribute: that makes the group, such as ``"sex"`` or ``"sex+age"``.
        name: such as ``"female"`` or ``"female, 60-74"``.
        images: how many.
        lesions: how many.
        class_counts: class code to its images.
        scores: those of :data:`monai_skin.evaluation.SUBGROUP_SCORES`; NaN where the group lacks what one needs.
        few: whether it has too few malignant or too few benign images to count in the gaps.
    """

    attribute: str
    name: str
    images: int
    lesions: int
    class_counts: Mapping[str, int]
    scores: Mapping[str, Estimate]
    few: bool


@dataclass(frozen=True)
class SubgroupReport:
    """A model's scores in every group, and the gaps between groups.

    Args:
        groups: by attribute; those of one attribute hold every image once.
        gaps: by attribute, every one of :data:`monai_skin.evaluation.GAP_KINDS`.
        notes: what to say beside them.
        model: what it is called.
        images: of all groups of an attribute together.
        lesions: how many.
        unit: what was resampled, ``"patient"`` or ``"lesion"``.
        resamples: how many there were.
        seed: of their drawing.
        min_count: of malignant and of benign images, below which a group has few.
    """

    groups: tuple[Group, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]
    model: str
    images: int
    lesions: int
    unit: str
    resamples: int
    seed: int
    min_count: int


def subgroup_report(
    model: Predictions,
    people: Mapping[str, Person],
    attributes: Sequence[str] = ("sex", "age"),
    *,
    resamples: int = 2000,
    seed: int = 0,
    min_count: int = 10,
    progress: bool = False,
) -> SubgroupReport:
    """Score one model in groups of people, with intervals from resampling lesions, the same for all groups.

    A group is shown however small it is. Gaps are between the groups with at least ``min_count`` malignant and as many
    benign images; images are counted, not lesions. "unknown" and "missing" are groups like the others. Where each
    image names its patient, patients are resampled instead of lesions, with all of their lesions.

    Args:
        model: its predictions, with the truth of every image.
        people: image id to person, as :func:`monai_skin.evaluation.read_people` gives it; it may hold further images.
        attributes: any of :data:`ATTRIBUTES`, or several joined by ``+``, such as ``"sex+age"``, for the groups in
            which they meet.
        resamples: how many, at least one.
        seed: of their drawing.
        min_count: at least one.
        progress: show a bar on a terminal.

    Raises:
        UsageError: an attribute is not known or stands twice, or a number is below 1.
        InvalidInputError: people lack an image, or the truth of an image is not known.
        IntegrityError: a lesion is of two patients.
    """
    if resamples < 1 or min_count < 1:
        raise UsageError(f"resamples is {resamples} and min_count {min_count}; expected 1 or more of both")
    parts = [_parts(attribute) for attribute in attributes]
    if len(set(parts)) < len(parts):
        raise UsageError(f"attributes are {', '.join(attributes)}; expected each once")
    check_predictions(model.truth, model.probabilities)
    model = model.take(np.argsort(model.image_ids))  # sums round the same whatever the order of the rows
    shown = _people_of(model, people)
    unit, member = _drawn(model, shown)
    places = {
        (attribute, name): rows
        for attribute, fields in zip(attributes, parts, strict=True)
        for name, rows in _split(shown, fields).items()
    }
    scorers = {key: SubgroupScores(model, member, rows) for key, rows in places.items() if len(rows)}
    units = int(member.max()) + 1
    drawn = resample(list(scorers.values()), units, resamples=resamples, seed=seed, progress=progress)
    # whether there is an interval depends on what the group has to draw from
    found = {key: each._replace(lesions=len(scorers[key].lesions)) for key, each in zip(scorers, drawn, strict=True)}
    groups = tuple(
        _group(model, key, rows, found.get(key), min_count=min_count, resamples=resamples)
        for key, rows in places.items()
    )
    gaps = tuple(gap for attribute in attributes for gap in _gaps(attribute, groups, found))
    return SubgroupReport(
        groups=groups,
        gaps=gaps,
        notes=tuple(_notes(shown, min_count)),
        model=model.name,
        images=len(model.image_ids),
        lesions=len(set(model.lesion_ids)),
        unit=unit,
        resamples=resamples,
        seed=seed,
        min_count=min_count,
    )


def age_band(age: float | None) -> str:
    """Which of :data:`AGE_BANDS` an age in years falls in.

    >>> age_band(44.5)
    '30-44'
    """
    return AGE_BANDS[-1] if age is None else AGE_BANDS[bisect_right(_AGE_EDGES, age)]


def _parts(attribute: str) -> tuple[str, ...]:
    fields = tuple(attribute.split("+"))
    if not set(fields) <= set(ATTRIBUTES) or len(set(fields)) < len(fields):
        wanted = f"any of {', '.join(ATTRIBUTES)}, or several joined by +"
        raise UsageError(f"attribute is {attribute!r}; expected {wanted}")
    return fields


def _people_of(model: Predictions, people: Mapping[str, Person]) -> list[Person]:
    lost = [image_id for image_id in model.image_ids if image_id not in people]
    if lost:
        problem = f"lack {len(lost)} of the images judged, such as {lost[0]}"
        raise InvalidInputError.about("people", "images", problem, expected="a row for every one")
    return [people[image_id] for image_id in model.image_ids]


def _drawn(model: Predictions, shown: Sequence[Person]) -> tuple[str, Integers]:
    """What is resampled, and which one each image belongs to."""
    if not all(person.patient_id for person in shown):
        return "lesion", lesion_members(model)
    patient_of: dict[str, str] = {}
    for lesion_id, person in zip(model.lesion_ids, shown, strict=True):
        first = patient_of.setdefault(lesion_id, person.patient_id)
        if first != person.patient_id:
            problem = f"is {first!r} and {person.patient_id!r}"
            raise IntegrityError.about(lesion_id, "patient_id", problem, expected="one patient a lesion")
    patients = [person.patient_id for person in shown]
    return "patient", np.unique(patients, return_inverse=True)[1].astype(np.int64)


def _split(shown: Sequence[Person], fields: tuple[str, ...]) -> dict[str, Integers]:
    """Group to the places of its images; sites and groups of several attributes only where there is an image."""
    cells = [tuple(_cell(person, field) for field in fields) for person in shown]
    listed = _LISTED.get(fields[0], ()) if len(fields) == 1 else ()
    found: dict[tuple[str, ...], list[int]] = {(name,): [] for name in listed}
    for cell in sorted(set(cells), key=lambda cell: [_rank(*each) for each in zip(fields, cell, strict=True)]):
        found.setdefault(cell, [])
    for index, cell in enumerate(cells):
        found[cell].append(index)
    return {", ".join(cell): np.array(rows, dtype=np.int64) for cell, rows in found.items()}


def _cell(person: Person, field: str) -> str:
    return age_band(person.age) if field == "age" else str(getattr(person, field))


def _rank(field: str, cell: str) -> tuple[int, str]:
    """Listed groups in their order, sites by name, unknown last."""
    listed = _LISTED.get(field, ())
    return (listed.index(cell) if cell in listed else int(cell == UNKNOWN)), cell


def _group(
    model: Predictions,
    key: tuple[str, str],
    rows: Integers,
    found: Resampled | None,
    *,
    min_count: int,
    resamples: int,
) -> Group:
    group, empty = model.take(rows), Estimate(math.nan, math.nan, math.nan, resamples)
    malignant = int(malignant_score(group)[0].sum())
    counts = np.bincount(group.truth, minlength=len(model.classes))
    return Group(
        *key,
        images=len(rows),
        lesions=len(set(group.lesion_ids)),
        class_counts={code: int(images) for code, images in zip(model.classes, counts, strict=True)},
        scores={score: empty if found is None else found.estimate(score) for score in SUBGROUP_SCORES},
        few=min(malignant, len(rows) - malignant) < min_count,
    )


def _gaps(attribute: str, groups: Sequence[Group], found: Mapping[tuple[str, str], Resampled]) -> tuple[Gap, ...]:
    own = [group for group in groups if group.attribute == attribute]
    counted = {group.name: found[attribute, group.name] for group in own if not group.few}
    return find_gaps(attribute, counted, tuple(group.name for group in own if group.few))


def _notes(shown: Sequence[Person], min_count: int) -> list[str]:
    few = f"Groups with fewer than {min_count} malignant or {min_count} benign images are marked, and in no gap."
    has_type = any(person.fitzpatrick != UNKNOWN for person in shown)
    return [*([] if has_type else [_NO_SKIN_TYPE]), few, _CLASS_MIX, _PICKED]
