# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A full evaluation as JSON and as tables."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from monai_skin import __version__
from monai_skin.evaluation.error_detection import ErrorDetection, error_detection_to_json
from monai_skin.evaluation.evaluate import Evaluation, Score
from monai_skin.evaluation.predictions import Predictions, malignant_score
from monai_skin.evaluation.subgroup_tables import SUBGROUP_COLUMNS, subgroup_rows, subgroups_to_json
from monai_skin.evaluation.subgroups import SubgroupReport
from monai_skin.io import write_json, write_table
from monai_skin.metrics import net_benefit, precision_recall_points, reliability_bins, roc_points

__all__ = ["EVALUATION_FILES", "EVALUATION_FORMAT", "decision_thresholds", "evaluation_to_json", "write_evaluation"]

EVALUATION_FORMAT = 1
EVALUATION_FILES = (
    "metrics.json",
    "scores.csv",
    "confusion.csv",
    "roc.csv",
    "precision_recall.csv",
    "reliability.csv",
    "decision.csv",
)
NOTE = "Research use only. Not for diagnosis."
_DIGITS = 6

Row = dict[str, object]


def decision_thresholds() -> Any:
    """``(99,)`` probabilities from 0.01 to 0.99, at which net benefit is stated."""
    return np.arange(1, 100) / 100


def evaluation_to_json(
    found: Evaluation,
    subgroups: SubgroupReport | None = None,
    uncertainty: Mapping[str, ErrorDetection] | None = None,
) -> dict[str, Any]:
    """The whole evaluation in JSON values; what is not defined is null.

    ``scores`` and ``per_class`` hold ``value``, ``low`` and ``high`` of the percentile interval, ``bca_low`` and
    ``bca_high`` of the other, and ``skipped``, the resamples that had lost a class. ``confusion.counts`` has a row a
    true class. ``calibration`` is null unless a temperature was fitted, and holds the scores at it. ``subgroups`` is
    null or what :func:`monai_skin.evaluation.subgroups_to_json` gives, and ``uncertainty`` null or what
    :func:`monai_skin.evaluation.error_detection_to_json` does.
    """
    model = found.model
    count = np.bincount(model.truth, minlength=len(model.classes))
    calibration = None
    if found.scaled_scores is not None:
        calibration = {"temperature": found.temperature, "scores": _fields(found.scaled_scores)}
    return {
        "format": EVALUATION_FORMAT,
        "note": NOTE,
        "software": f"monai_skin {__version__}",
        "model": model.name,
        "images": len(model.image_ids),
        "lesions": found.lesions,
        "classes": list(model.classes),
        "absent_classes": list(found.absent),
        "interval": {"level": 0.95, "resamples": found.resamples, "seed": found.seed, "resampled": "lesions"},
        "operating_points": {"specificity": found.specificity, "sensitivity": found.sensitivity},
        "scores": _fields(found.scores),
        "per_class": {
            code: {"images": int(images), **_fields(found.class_scores[code])}
            for code, images in zip(model.classes, count, strict=True)
        },
        "confusion": {"rows": "truth", "columns": "prediction", "counts": found.confusion.tolist()},
        "calibration": calibration,
        "subgroups": None if subgroups is None else subgroups_to_json(subgroups),
        "uncertainty": None if uncertainty is None else error_detection_to_json(uncertainty),
    }


def _fields(scores: Mapping[str, Score]) -> dict[str, dict[str, float | None]]:
    return {name: {key: _or_none(value) for key, value in _flat(score).items()} for name, score in scores.items()}


def _flat(score: Score) -> dict[str, float]:
    estimate = score.estimate
    ends = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {**ends, "bca_low": score.bca_low, "bca_high": score.bca_high, "skipped": estimate.skipped}


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def write_evaluation(
    folder: str | os.PathLike[str],
    found: Evaluation,
    subgroups: SubgroupReport | None = None,
    uncertainty: Mapping[str, ErrorDetection] | None = None,
) -> None:
    """Write ``metrics.json`` and the tables of :data:`EVALUATION_FILES`, over earlier ones; ``subgroups.csv`` if given.

    Raises:
        StorageError: the disk is full, read-only or refuses us.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    write_json(place / "metrics.json", evaluation_to_json(found, subgroups, uncertainty))
    scores = list(_score_rows(found))
    write_table(place / "scores.csv", scores, list(scores[0]))
    classes = found.model.classes
    confusion = [
        {"truth": code, **dict(zip(classes, map(int, row), strict=True))}
        for code, row in zip(classes, found.confusion, strict=True)
    ]
    write_table(place / "confusion.csv", confusion, ["truth", *classes])
    columns = ["class", "false_positive_rate", "true_positive_rate", "threshold"]
    write_table(place / "roc.csv", list(_curve_rows(found.model, columns, roc_points)), columns)
    columns = ["class", "precision", "recall", "threshold"]
    write_table(
        place / "precision_recall.csv", list(_curve_rows(found.model, columns, precision_recall_points)), columns
    )
    reliability = [
        row
        for name, model in (("as given", found.model), ("temperature scaled", found.scaled))
        if model is not None
        for row in _reliability_rows(name, model)
    ]
    write_table(place / "reliability.csv", reliability, list(reliability[0]))
    decision = list(_decision_rows(found.model))
    write_table(place / "decision.csv", decision, list(decision[0]))
    if subgroups is not None:
        write_table(place / "subgroups.csv", subgroup_rows(subgroups), SUBGROUP_COLUMNS)


def _score_rows(found: Evaluation) -> Iterable[Row]:
    groups = [("", found.scores), *found.class_scores.items()]
    if found.scaled_scores is not None:
        groups.append(("temperature scaled", found.scaled_scores))
    for name, scores in groups:
        for score, value in scores.items():
            yield {"class": name, "score": score, **{key: _cell(each) for key, each in _flat(value).items()}}


def _curve_rows(model: Predictions, columns: list[str], points: Any) -> Iterable[Row]:
    """The curve of each class that has images and of the malignant ones together."""
    curves = [
        (code, model.truth == index, model.probabilities[:, index])
        for index, code in enumerate(model.classes)
        if 0 < (model.truth == index).sum() < len(model.truth)
    ]
    malignant, score = malignant_score(model)
    if 0 < malignant.sum() < len(malignant):
        curves.append(("malignant", malignant, score))
    for code, positive, values in curves:
        for point in zip(*points(positive, values), strict=True):
            yield dict(zip(columns, (code, *(_cell(float(number)) for number in point)), strict=True))


def _reliability_rows(name: str, model: Predictions) -> Iterable[Row]:
    bins = reliability_bins(model.truth, model.probabilities)
    for index, images in enumerate(bins.images):
        yield {
            "probabilities": name,
            "low": _cell(float(bins.edges[index])),
            "high": _cell(float(bins.edges[index + 1])),
            "images": int(images),
            "confidence": _cell(float(bins.confidence[index])),
            "accuracy": _cell(float(bins.accuracy[index])),
        }


def _decision_rows(model: Predictions) -> Iterable[Row]:
    malignant, score = malignant_score(model)
    limits = decision_thresholds()
    ours, everyone = net_benefit(malignant, score, limits), net_benefit(malignant, np.ones_like(score), limits)
    for limit, benefit, of_all in zip(limits, ours, everyone, strict=True):
        yield {"threshold": f"{limit:.2f}", "model": _cell(float(benefit)), "all positive": _cell(float(of_all))}


def _cell(value: float) -> float | int | str:
    """A number as it stands in a table; empty where it is not defined."""
    if isinstance(value, int):
        return value
    return "" if math.isnan(value) else f"{value:.{_DIGITS}g}"
