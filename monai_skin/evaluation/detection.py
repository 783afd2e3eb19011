# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How well a measure keeps pictures unlike those of training apart from pictures like them."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.evaluation.bootstrap import CHUNK, Estimate, Resampled, draw_weights
from monai_skin.evaluation.weighted_curve import WeightedCurve
from monai_skin.io import read_table
from monai_skin.io.markdown import markdown_table

__all__ = ["MEASURES", "FamiliarityComparison", "Measures", "compare_familiarity", "familiarity_table", "read_measures"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

KEPT = 0.95
# a column of predictions.csv, what it is called, and whether low values are the unusual ones
MEASURES: Mapping[str, tuple[str, bool]] = {
    "probability": ("1 - highest probability", True),
    "entropy": ("entropy", False),
    "view_spread": ("spread of the views", False),
    "member_spread": ("spread of the members", False),
    "energy": ("energy", False),
    "feature_distance": ("feature distance", False),
}


@dataclass(frozen=True)
class Measures:
    """What ``predictions.csv`` says of how unusual each of N pictures is.

    Args:
        name: what the pictures are called.
        groups: N; pictures of one lesion are drawn together.
        values: column to ``(N,)`` numbers, higher for more unusual; see :data:`MEASURES`.
        flagged: share of the pictures that are marked ``unfamiliar``; None where nobody looked.
    """

    name: str
    groups: tuple[str, ...]
    values: Mapping[str, Floats]
    flagged: float | None


@dataclass(frozen=True)
class FamiliarityComparison:
    """Pictures unlike those of training against pictures like them.

    Args:
        familiar: what the latter are called.
        unfamiliar: what the former are called.
        pictures: how many of each there are, the familiar ones first.
        groups: how many lesions, or pictures, were resampled of each.
        flagged: shares of each marked ``unfamiliar``, None where nobody looked.
        auroc: column to the chance that an unfamiliar picture is the more unusual one of a pair.
        missed: column to the share of the unfamiliar pictures that pass a threshold which 95 % of the familiar ones
            pass: the false positive rate at a true positive rate of 95 % of the literature.
        resamples: how many there were.
        seed: of their drawing.
    """

    familiar: str
    unfamiliar: str
    pictures: tuple[int, int]
    groups: tuple[int, int]
    flagged: tuple[float | None, float | None]
    auroc: Mapping[str, Estimate]
    missed: Mapping[str, Estimate]
    resamples: int
    seed: int

    def as_json(self) -> dict[str, Any]:
        """The same for a JSON file; ``null`` where there is no interval."""
        fields = {name: value for name, value in vars(self).items() if name not in ("auroc", "missed")}
        scores = {
            measure: {"auroc": _plain(self.auroc[measure]), "missed_at_95": _plain(self.missed[measure])}
            for measure in self.auroc
        }
        return {**fields, "measures": scores}


def read_measures(
    path: str | os.PathLike[str], *, name: str | None = None, groups: Mapping[str, str] | None = None
) -> Measures:
    """Read the measures in ``predictions.csv`` of ``predict`` or of an evaluation.

    Args:
        path: the table.
        name: what to call the pictures; by default the file's name, or its folder's where it is ``predictions.csv``.
        groups: lesion of an ``image_id``; goes before the column ``lesion_id``. A picture of neither stands for itself.

    Raises:
        InvalidInputError: there is no row or no measure, or a value is no number, naming row and column.
    """
    file = Path(path)
    rows = read_table(file)
    columns = [column for column in MEASURES if rows and column in rows[0]]
    if not columns or "image_id" not in rows[0]:
        expected = f"image_id and one of {', '.join(MEASURES)} in one row or more"
        raise InvalidInputError.about(file.name, "table", "holds no measure of a picture", expected=expected)
    values = {
        column: np.array([_number(row, column, index, file) for index, row in enumerate(rows, 2)]) for column in columns
    }
    known = groups or {}
    marks = [row["unfamiliar"] == "true" for row in rows if row.get("unfamiliar")]
    return Measures(
        name=name or (file.absolute().parent.name if file.stem == "predictions" else file.stem),
        groups=tuple(known.get(row["image_id"]) or row.get("lesion_id") or row["image_id"] for row in rows),
        values={column: -one if MEASURES[column][1] else one for column, one in values.items()},
        flagged=sum(marks) / len(marks) if marks else None,
    )


def compare_familiarity(
    familiar: Measures, unfamiliar: Measures, *, resamples: int = 2000, seed: int = 0
) -> FamiliarityComparison:
    """Areas under the curve and missed shares of every measure that both have, with intervals.

    Lesions are resampled: those of the familiar pictures alone, those of the unfamiliar ones alone, and those of both,
    such as of a picture and the same picture blurred, each kind as often as there are. With a single unfamiliar picture
    the intervals are of the familiar ones alone.

    Args:
        familiar: pictures like those of training, that it did not see.
        unfamiliar: the others.
        resamples: how many, at least one.
        seed: of their drawing, not negative.

    Raises:
        UsageError: no resample is asked for, or there is no measure in both.
    """
    if resamples < 1 or seed < 0:
        raise UsageError(f"resamples is {resamples} and seed {seed}; expected 1 or more, and 0 or more")
    shared = [name for name in familiar.values if name in unfamiliar.values]
    if not shared:
        problem = f"are none of {unfamiliar.name}"
        raise UsageError.about(familiar.name, "measures", problem, expected="a column that both tables have")
    unusual = np.repeat([False, True], [len(familiar.groups), len(unfamiliar.groups)])
    names, member = np.unique([*familiar.groups, *unfamiliar.groups], return_inverse=True)
    weights = _weights(member.astype(np.int64), unusual, len(names), resamples, seed)
    found = {
        name: _curve(unusual, np.concatenate([familiar.values[name], unfamiliar.values[name]]), member, weights)
        for name in shared
    }
    groups = len(set(familiar.groups)), len(set(unfamiliar.groups))
    return FamiliarityComparison(
        familiar=familiar.name,
        unfamiliar=unfamiliar.name,
        pictures=(len(familiar.groups), len(unfamiliar.groups)),
        groups=groups,
        flagged=(familiar.flagged, unfamiliar.flagged),
        auroc={name: one.estimate("auroc") for name, one in found.items()},
        missed={name: one.estimate("missed") for name, one in found.items()},
        resamples=resamples,
        seed=seed,
    )


def familiarity_table(found: Sequence[FamiliarityComparison]) -> list[str]:
    """Lines of a Markdown table, a row for each kind of pictures and measure."""
    header = ["pictures", "number", "marked unfamiliar", "measure", "AUROC", "missed where 95 % of the familiar pass"]
    rows = []
    for one in found:
        flagged = "–" if one.flagged[1] is None else f"{one.flagged[1]:.1%}"
        for measure in one.auroc:
            cells = [one.unfamiliar, f"{one.pictures[1]:,}", flagged, MEASURES[measure][0]]
            rows.append([*cells, str(one.auroc[measure]), str(one.missed[measure])])
    first = found[0]
    marked = "" if first.flagged[0] is None else f", {first.flagged[0]:.1%} of them marked unfamiliar"
    note = f"Against {first.pictures[0]:,} pictures of {first.familiar}{marked}. In brackets 95 % intervals from \
{first.resamples:,} resamples of lesions or pictures, seed {first.seed}."
    return [*markdown_table(header, rows), "", note]


def _number(row: Mapping[str, str], column: str, line: int, file: Path) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if math.isnan(value):
        where = f"{file.name} row {line}"
        raise InvalidInputError.about(where, f"column {column}", f"is {row[column]!r}", expected="a number")
    return value


def _weights(member: Integers, unusual: npt.NDArray[np.bool_], count: int, resamples: int, seed: int) -> Floats:
    """``(groups, resamples)``: how often each is drawn, the kinds of groups apart."""
    is_in = [np.bincount(member[side], minlength=count) > 0 for side in (~unusual, unusual)]
    kinds = is_in[0] + 2 * is_in[1]
    generator, weights = np.random.default_rng(seed), np.ones((count, resamples))
    for kind in (1, 2, 3):
        places = np.flatnonzero(kinds == kind)
        if len(places) > 1:
            weights[places] = draw_weights(len(places), resamples, generator)
    return weights


def _curve(unusual: npt.NDArray[np.bool_], score: Floats, member: Integers, weights: Floats) -> Resampled:
    curve = WeightedCurve(unusual, score, member, len(weights), turn=False)
    parts = [weights[:, start : start + CHUNK] for start in range(0, weights.shape[1], CHUNK)]
    sums = [curve(part) for part in [np.ones((len(weights), 1)), *parts]]
    areas, missed = [one.area() for one in sums], [1 - one.sensitivity_at(KEPT) for one in sums]
    return Resampled(
        {"auroc": float(areas[0][0]), "missed": float(missed[0][0])},
        {"auroc": np.concatenate(areas[1:]), "missed": np.concatenate(missed[1:])},
        len(weights),
    )


def _plain(found: Estimate) -> dict[str, float | None]:
    return {
        name: None if math.isnan(value) else value
        for name, value in (("value", found.value), ("low", found.low), ("high", found.high))
    }
