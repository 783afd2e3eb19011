# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The part of an evaluation's page that looks at groups of people."""

from __future__ import annotations

from html import escape

from monai_skin.evaluation.figure import figure
from monai_skin.evaluation.page_text import with_interval
from monai_skin.evaluation.plots import plot_estimates
from monai_skin.evaluation.subgroups import Group, SubgroupReport
from monai_skin.io.html_page import table_cells
from monai_skin.labels import DIAGNOSES

__all__ = ["render_subgroups"]

_SHOWN = {
    "balanced_accuracy": "balanced accuracy",
    "true_positive_rate": "malignant called malignant",
    "false_positive_rate": "benign called malignant",
    "malignant_auc": "malignant or benign, AUC",
    "recall.mel": "melanoma recall",
    "expected_calibration_error": "calibration error",
}
_GAPS = {
    "equal_opportunity": "malignant called malignant (equal opportunity)",
    "false_positive_rate": "benign called malignant",
    "equalised_odds": "larger of both (equalised odds)",
    "selection_rate_difference": "called malignant, difference",
    "selection_rate_ratio": "called malignant, ratio",
}


def render_subgroups(report: SubgroupReport) -> str:
    """HTML of one section: for each attribute a drawing, its groups and its gaps; every value escaped."""
    attributes = list(dict.fromkeys(group.attribute for group in report.groups))
    notes = "".join(f"<li>{escape(note)}</li>\n" for note in report.notes)
    parts = [f'<section aria-labelledby="groups">\n<h2 id="groups">Groups of people</h2>\n<ul>\n{notes}</ul>\n']
    parts += [_attribute(report, attribute) for attribute in attributes]
    return "".join([*parts, "</section>\n"])


def _attribute(report: SubgroupReport, attribute: str) -> str:
    groups = [group for group in report.groups if group.attribute == attribute]
    title = escape(attribute.replace("+", " and "))
    drawn = {_label(group): group.scores["true_positive_rate"] for group in groups if group.images}
    drawing = figure(
        plot_estimates(drawn, label="share of malignant images called malignant"),
        f"Malignant images called malignant, by {attribute.replace('+', ' and ')}",
        "Value and 95 % interval.",
    )
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Images", "Lesions", "Malignant", *_SHOWN.values()))
    rows = "".join(_group_row(group) for group in groups)
    return (
        f"<h3>{title}</h3>\n{drawing}"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Groups by {title}">\n<table>\n'
        f'<thead><tr><th scope="col">Group</th>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n'
        f"{_gaps(report, attribute)}"
    )


def _label(group: Group) -> str:
    return f"{group.name} ({group.images}{', few' if group.few else ''})"


def _group_row(group: Group) -> str:
    malignant = sum(images for code, images in group.class_counts.items() if DIAGNOSES[code].malignant)
    cells = [
        str(group.images),
        str(group.lesions),
        f"{malignant} ({malignant / group.images:.0%})" if group.images else "0",
        *(with_interval(group.scores[score]) for score in _SHOWN),
    ]
    mark = ' <span class="verdict doubt">few</span>' if group.few else ""
    return f'<tr><th scope="row">{escape(group.name)}{mark}</th>{table_cells(cells)}</tr>\n'


def _gaps(report: SubgroupReport, attribute: str) -> str:
    gaps = [gap for gap in report.gaps if gap.attribute == attribute]
    rows = []
    for gap in gaps:
        between = f"{gap.highest} and {gap.lowest}" if gap.highest else "fewer than two groups have enough images"
        cells = table_cells([with_interval(gap.estimate), between])
        rows.append(f'<tr><th scope="row">{_GAPS[gap.kind]}</th>{cells}</tr>\n')
    left_out = next((gap.left_out for gap in gaps if gap.left_out), ())
    few = f"<p>Too few images to count in a gap: {escape('; '.join(left_out))}.</p>\n" if left_out else ""
    head = '<thead><tr><th scope="col">Gap</th><th scope="col">Value</th><th scope="col">Between</th></tr></thead>'
    label = escape(attribute.replace("+", " and "))
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Gaps by {label}">\n'
        f"<table>\n{head}\n<tbody>\n{''.join(rows)}</tbody>\n</table>\n</div>\n{few}"
    )
