# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Groups and gaps as JSON and as rows of a table."""

from __future__ import annotations

import math
from typing import Any

from monai_skin.evaluation.bootstrap import Estimate
from monai_skin.evaluation.detailed_scores import class_score
from monai_skin.evaluation.subgroups import SubgroupReport

__all__ = ["SUBGROUP_COLUMNS", "SUBGROUP_FORMAT", "subgroup_rows", "subgroups_to_json"]

SUBGROUP_FORMAT = 1
SUBGROUP_COLUMNS = (
    "attribute",
    "group",
    "images",
    "lesions",
    "few",
    "score",
    *Estimate._fields,
    "highest",
    "lowest",
    "left_out",
)


def subgroups_to_json(report: SubgroupReport) -> dict[str, Any]:
    """The whole report in JSON values; what is not defined is null.

    Keys: ``format``, ``model``, ``images``, ``lesions``, ``unit``, ``resamples``, ``seed``, ``min_count``, ``notes``;
    ``groups``, each with ``attribute``, ``name``, ``images``, ``lesions``, ``class_counts``, ``few`` and ``scores``;
    and ``gaps``, each with ``attribute``, ``kind``, ``value``, ``low``, ``high``, ``skipped``, ``highest``, ``lowest``
    and ``left_out``. A score has ``value``, ``low``, ``high`` and ``skipped``.
    """
    return {
        "format": SUBGROUP_FORMAT,
        "model": report.model,
        "images": report.images,
        "lesions": report.lesions,
        "unit": report.unit,
        "resamples": report.resamples,
        "seed": report.seed,
        "min_count": report.min_count,
        "notes": list(report.notes),
        "groups": [
            {
                "attribute": group.attribute,
                "name": group.name,
                "images": group.images,
                "lesions": group.lesions,
                "class_counts": dict(group.class_counts),
                "few": group.few,
                "scores": {score: _fields(found) for score, found in group.scores.items()},
            }
            for group in report.groups
        ],
        "gaps": [
            {
                "attribute": gap.attribute,
                "kind": gap.kind,
                **_fields(gap.estimate),
                "highest": gap.highest or None,
                "lowest": gap.lowest or None,
                "left_out": list(gap.left_out),
            }
            for gap in report.gaps
        ],
    }


def subgroup_rows(report: SubgroupReport) -> list[dict[str, object]]:
    """Rows with the :data:`SUBGROUP_COLUMNS`, for :func:`monai_skin.io.write_table`; what is not defined is None.

    First a row a group and score; among the scores are ``images.mel`` and so on, the images of each class. Then a row a
    gap, whose kind stands as the score, whose ``group`` is None, and whose ``left_out`` are joined by semicolons.
    """
    rows: list[dict[str, object]] = []
    for group in report.groups:
        counts = {class_score("images", code): {"value": images} for code, images in group.class_counts.items()}
        values = counts | {score: _fields(found) for score, found in group.scores.items()}
        about = {"attribute": group.attribute, "group": group.name, "images": group.images, "lesions": group.lesions}
        rows += [about | {"few": group.few, "score": score} | fields for score, fields in values.items()]
    rows += [
        {"attribute": gap.attribute, "score": gap.kind, **_fields(gap.estimate)}
        | {"highest": gap.highest or None, "lowest": gap.lowest or None, "left_out": "; ".join(gap.left_out)}
        for gap in report.gaps
    ]
    return [{column: row.get(column) for column in SUBGROUP_COLUMNS} for row in rows]


def _fields(found: Estimate) -> dict[str, Any]:
    fields: dict[str, Any] = found._asdict()
    return {key: None if math.isnan(value) else value for key, value in fields.items()}
