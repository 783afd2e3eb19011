# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A model card from what a bundle says of itself and what an evaluation found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_json, sha256_of
from monai_skin.io.markdown import markdown_table

__all__ = ["CARD_HEADINGS", "write_model_card"]

CARD_HEADINGS = (
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
)
"""Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, https://arxiv.org/abs/1810.03993."""

_METRICS_FORMAT = 1
_HEADLINE = (
    "balanced_accuracy",
    "macro_f1",
    "macro_auc",
    "malignant_auc",
    "melanoma_sensitivity",
    "brier",
    "expected_calibration_error",
)
_GROUP_SCORES = ("balanced_accuracy", "true_positive_rate", "false_positive_rate", "malignant_auc")
_NONE = "–"


def write_model_card(root: str | os.PathLike[str], metrics: str | os.PathLike[str]) -> str:
    """The card as Markdown, under the headings of :data:`CARD_HEADINGS`.

    What neither file says is said to be missing, not made up: a person fills it in.

    Args:
        root: a bundle's root folder; ``configs/metadata.json`` and the digest of ``models/model.pt`` are used.
        metrics: ``metrics.json`` of ``python -m monai_skin evaluate``.

    Raises:
        InvalidInputError: a file is missing or no JSON, or is of another form.
    """
    metadata = _object(Path(root) / "configs" / "metadata.json")
    found = _object(Path(metrics))
    if found.get("format") != _METRICS_FORMAT or "scores" not in found or "per_class" not in found:
        expected = f"format {_METRICS_FORMAT}, as the command evaluate writes it"
        raise InvalidInputError.about(Path(metrics).name, "format", f"is {found.get('format')!r}", expected=expected)
    weights = Path(root) / "models" / "model.pt"
    parts = {
        "Model details": _details(metadata, weights),
        "Intended use": [
            f"**{metadata.get('intended_use') or 'Research only. Not for diagnosis'}.**",
            "Out of scope: diagnosis, triage, second opinions and any other clinical use.",
        ],
        "Factors": _factors(found),
        "Metrics": _about_metrics(found),
        "Evaluation data": [f"{found['images']:,} images of {found['lesions']:,} lesions.", *_class_table(found)],
        "Training data": [str(metadata.get("data_source") or "Not stated in the bundle.")],
        "Quantitative analyses": [*_unitary(found), *_groups(found)],
        "Ethical considerations": _ethics(found),
        "Caveats and recommendations": _caveats(found),
    }
    lines = [f"# Model card: {metadata.get('name') or Path(root).name}", ""]
    for heading in CARD_HEADINGS:
        lines += [f"## {heading}", "", *parts[heading], ""]
    return "\n".join(lines)


def _object(path: Path) -> Mapping[str, Any]:
    content = read_json(path)
    if not isinstance(content, dict):
        raise InvalidInputError.about(path.name, "document", f"is a {type(content).__name__}", expected="an object")
    return content


def _details(metadata: Mapping[str, Any], weights: Path) -> list[str]:
    fields = {
        "What": metadata.get("description"),
        "Task": metadata.get("task"),
        "Version": metadata.get("version"),
        "Made by": metadata.get("authors"),
        "Input": metadata.get("image_classes"),
        "Output": metadata.get("pred_classes"),
        "Weights, SHA-256": f"`{sha256_of(weights)}`" if weights.is_file() else None,
    }
    lines = [f"- {name}: {value}" for name, value in fields.items() if value]
    return [*lines, *(f"- Reference: {reference}" for reference in metadata.get("references", ()))]


def _factors(found: Mapping[str, Any]) -> list[str]:
    groups = found.get("subgroups")
    if groups is None:
        return ["Groups of people were not looked at: the evaluation had no table of them."]
    attributes = list(dict.fromkeys(group["attribute"] for group in groups["groups"]))
    return [f"Groups by {', '.join(attributes)}. {' '.join(groups['notes'])}"]


def _about_metrics(found: Mapping[str, Any]) -> list[str]:
    interval, points = found["interval"], found["operating_points"]
    return [
        f"{interval['level']:.0%} percentile intervals from {interval['resamples']} resamples of "
        f"{interval['resampled']}, seed {interval['seed']}. "
        f"Sensitivities are read off at {points['specificity']:.0%} specificity."
    ]


def _class_table(found: Mapping[str, Any]) -> list[str]:
    classes = list(found["per_class"])
    counts = [f"{found['per_class'][code]['images']:,}" for code in classes]
    return ["", *markdown_table(["class", *classes], [["images", *counts]])]


def _unitary(found: Mapping[str, Any]) -> list[str]:
    rows = [[name.replace("_", " "), _text(found["scores"][name])] for name in _HEADLINE if name in found["scores"]]
    of_class = [
        [code, *(_text(scores[name]) for name in ("recall", "specificity", "auc"))]
        for code, scores in found["per_class"].items()
    ]
    return [
        *markdown_table(["score", "value"], rows),
        "",
        *markdown_table(["class", "recall", "specificity", "AUC"], of_class),
    ]


def _groups(found: Mapping[str, Any]) -> list[str]:
    """Each group, those in which attributes meet as well."""
    groups = found.get("subgroups")
    if groups is None:
        return []
    rows = [
        [
            group["attribute"].replace("+", " and "),
            f"{group['name']}{', few' if group['few'] else ''}",
            f"{group['images']:,}",
            *(_text(group["scores"][name]) for name in _GROUP_SCORES),
        ]
        for group in groups["groups"]
        if group["images"]
    ]
    names = ["balanced accuracy", "malignant called malignant", "benign called malignant", "malignant AUC"]
    return ["", *markdown_table(["by", "group", "images", *names], rows)]


def _ethics(found: Mapping[str, Any]) -> list[str]:
    lines = ["A score of a model on a collection says nothing of the person in front of it."]
    groups = found.get("subgroups")
    shown = [gap for gap in groups["gaps"] if gap["kind"] == "equalised_odds"] if groups else []
    for gap in shown:
        if gap["value"] is not None:
            between = f"{gap['highest']} and {gap['lowest']}"
            lines.append(
                f"By {gap['attribute'].replace('+', ' and ')} the largest gap is {_text(gap)}, between {between}."
            )
    return lines


def _caveats(found: Mapping[str, Any]) -> list[str]:
    lines = ["- One collection, one split: how the model does elsewhere was not measured by this evaluation."]
    if found["absent_classes"]:
        lines.append(f"- No image was of class {', '.join(found['absent_classes'])}.")
    few = [code for code, scores in found["per_class"].items() if 0 < scores["images"] < 30]
    if few:
        lines.append(f"- Fewer than 30 images of {', '.join(few)}: their scores are uncertain.")
    return lines


def _text(score: Mapping[str, Any]) -> str:
    if score["value"] is None:
        return _NONE
    interval = "not computable" if score["low"] is None else f"{score['low']:.3f} to {score['high']:.3f}"
    return f"{score['value']:.3f} ({interval})"
