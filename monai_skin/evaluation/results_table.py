# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A comparison as Markdown, as JSON and as rows, and in words that say no more than its intervals."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from monai_skin.evaluation.bootstrap import Difference, Estimate
from monai_skin.evaluation.compare import Comparison, ModelScores, Pair
from monai_skin.io import atomic_write, write_json, write_table
from monai_skin.io.markdown import markdown_table

__all__ = ["SCORE_NAMES", "to_json", "to_markdown", "verdict", "write_results"]

FORMAT = 1
NOTE = "Research use only. Not for diagnosis."
SCORE_NAMES = {
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
    "macro_auc": "macro-AUC",
    "melanoma_sensitivity": "melanoma sensitivity at 95 % specificity",
    "expected_calibration_error": "ECE",
}
SCALED_NAME = "ECE, temperature scaled"
_NONE = "–"


def verdict(pair: Pair) -> str:
    """One line in words; a difference is called one only where its interval leaves out 0."""
    parts = [f"{SCORE_NAMES[score]} {_in_words(found)}" for score, found in pair.differences.items()]
    return f"{pair.name} against {pair.reference}: {'; '.join(parts)}."


def _in_words(found: Difference) -> str:
    if math.isnan(found.low):
        return "not comparable, there is no interval"
    if found.low > 0 or found.high < 0:
        ends = sorted([abs(found.low), abs(found.high)])
        direction = "higher" if found.low > 0 else "lower"
        return f"{direction} by {abs(found.value):.3f} (95 % interval {ends[0]:.3f} to {ends[1]:.3f})"
    if found.low == found.high == 0:
        return "the same in every resample"
    return f"no difference shown (95 % interval {found.low:+.3f} to {found.high:+.3f})"


def to_markdown(comparison: Comparison) -> str:
    """Tables and verdicts for a person."""
    parts = [
        *_scores(comparison.models),
        "",
        f"{comparison.images} images of {comparison.lesions} lesions. In brackets 95 % intervals from "
        f"{comparison.resamples} resamples of lesions, seed {comparison.seed}. "
        "ECE is the expected calibration error in 15 bins; it is higher in resamples, and so is its interval.",
        *_about_skipped(comparison),
    ]
    for pair in comparison.pairs:
        parts += ["", *_about_pair(pair)]
    return "\n".join([*parts, ""])


def _scores(models: Sequence[ModelScores]) -> list[str]:
    rows = []
    for model in models:
        cells = [str(model.scores[score]) if score in model.scores else _NONE for score in SCORE_NAMES]
        scaled = model.scaled_calibration_error
        rows.append([model.name, *cells, _NONE if scaled is None else f"{scaled}, T = {model.temperature:.3f}"])
    return markdown_table(["model", *SCORE_NAMES.values(), SCALED_NAME], rows)


def _about_skipped(comparison: Comparison) -> list[str]:
    skipped = {found.skipped for model in comparison.models for found in model.scores.values()} - {0}
    if not skipped:
        return []
    return [f"Up to {max(skipped)} resamples had lost a class and are left out of the scores that need it."]


def _about_pair(pair: Pair) -> list[str]:
    differences = [
        [SCORE_NAMES[score], str(found), _p(found.p), _p(pair.permutation[score])]
        for score, found in pair.differences.items()
    ]
    areas = [
        [code, f"{test.reference_area:.3f}", f"{test.area:.3f}", _p(test.p), _p(test.holm)]
        for code, test in pair.areas.items()
    ]
    test, kind = pair.mcnemar, "exact" if pair.mcnemar.exact else "continuity corrected"
    sign = "" if _p(test.p).startswith("<") else "= "
    return [
        f"## {pair.name} against {pair.reference}",
        "",
        verdict(pair),
        "",
        *markdown_table(
            ["score", f"{pair.name} minus {pair.reference}", "p, bootstrap", "p, permutation"], differences
        ),
        "",
        f"McNemar's test on {pair.independent_images} images, one a lesion: only {pair.reference} right "
        f"{test.only_first}, only {pair.name} right {test.only_second}, p {sign}{_p(test.p)} ({kind}).",
        "",
        "DeLong's test of each class against the others, on the same images:",
        "",
        *markdown_table(["class", f"AUC of {pair.reference}", f"AUC of {pair.name}", "p", "p, Holm"], areas),
    ]


def _p(value: float) -> str:
    if math.isnan(value):
        return _NONE
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def to_json(comparison: Comparison) -> dict[str, Any]:
    """The whole comparison in JSON values; what is not defined is null."""
    return {
        "format": FORMAT,
        "note": NOTE,
        "images": comparison.images,
        "lesions": comparison.lesions,
        "classes": list(comparison.classes),
        "resamples": comparison.resamples,
        "seed": comparison.seed,
        "models": [_model(model) for model in comparison.models],
        "pairs": [
            {
                "name": pair.name,
                "reference": pair.reference,
                "verdict": verdict(pair),
                "differences": {score: _fields(found) for score, found in pair.differences.items()},
                "permutation": {score: None if math.isnan(p) else p for score, p in pair.permutation.items()},
                "mcnemar": {**_fields(pair.mcnemar), "exact": pair.mcnemar.exact},
                "delong": {code: _fields(test) for code, test in pair.areas.items()},
                "independent_images": pair.independent_images,
            }
            for pair in comparison.pairs
        ],
    }


def _model(model: ModelScores) -> dict[str, Any]:
    scaled = model.scaled_calibration_error
    return {
        "name": model.name,
        "scores": {score: _fields(found) for score, found in model.scores.items()},
        "temperature": model.temperature,
        "scaled_calibration_error": None if scaled is None else _fields(scaled),
    }


def _fields(record: Any) -> dict[str, Any]:
    fields: dict[str, Any] = record._asdict()
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in fields.items()}


def write_results(folder: str | os.PathLike[str], comparison: Comparison) -> None:
    """Write ``results.json``, ``results.csv`` (a row a model and score) and ``results.md``, over earlier ones.

    Raises:
        StorageError: the disk is full, read-only or refuses us.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    write_json(place / "results.json", to_json(comparison))
    rows = [row for model in comparison.models for row in _rows(model)]
    write_table(place / "results.csv", rows, ["model", "score", *Estimate._fields])
    atomic_write(place / "results.md", f"{to_markdown(comparison)}\n{NOTE}\n".encode())


def _rows(model: ModelScores) -> list[dict[str, object]]:
    scores = dict(model.scores)
    if model.scaled_calibration_error is not None:
        scores["scaled_calibration_error"] = model.scaled_calibration_error
    return [{"model": model.name, "score": score, **_fields(found)} for score, found in scores.items()]
