# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A full evaluation as one page: every value escaped, every drawing inside."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from importlib import resources
from string import Template

from monai_skin import __version__
from monai_skin.evaluation.detailed_scores import CLASS_SCORES
from monai_skin.evaluation.evaluate import Evaluation, Score
from monai_skin.evaluation.figure import figure
from monai_skin.evaluation.page_text import interval_text, number_text, with_interval
from monai_skin.evaluation.plots import plot_decision_curve, plot_precision_recall, plot_reliability, plot_roc
from monai_skin.evaluation.subgroup_section import render_subgroups
from monai_skin.evaluation.subgroups import SubgroupReport
from monai_skin.io.html_page import definitions, page, table_cells
from monai_skin.labels import DIAGNOSES

__all__ = ["OVERALL_NAMES", "render_evaluation"]

_HEADLINE = ("balanced_accuracy", "macro_auc", "melanoma_sensitivity", "expected_calibration_error")
OVERALL_NAMES = {
    "balanced_accuracy": "balanced accuracy (macro recall)",
    "accuracy": "accuracy (weighted recall)",
    "macro_precision": "macro precision",
    "weighted_precision": "weighted precision",
    "macro_f1": "macro-F1",
    "weighted_f1": "weighted F1",
    "macro_auc": "macro-AUC",
    "weighted_auc": "weighted AUC",
    "macro_average_precision": "macro average precision",
    "malignant_auc": "malignant or benign, AUC",
    "malignant_average_precision": "malignant or benign, average precision",
    "malignant_sensitivity": "malignant, sensitivity at {specificity} specificity",
    "malignant_specificity": "malignant, specificity at {sensitivity} sensitivity",
    "melanoma_sensitivity": "melanoma, sensitivity at {specificity} specificity",
    "melanoma_specificity": "melanoma, specificity at {sensitivity} sensitivity",
    "brier": "Brier score",
    "negative_log_likelihood": "negative log-likelihood",
    "expected_calibration_error": "expected calibration error, bins of equal width",
    "adaptive_calibration_error": "expected calibration error, bins of equal mass",
    "classwise_calibration_error": "calibration error, mean of classes",
    "maximum_calibration_error": "maximum calibration error",
}
"""What a page calls each overall score, in its order; some name the operating point in braces."""
_CLASS_NAMES = ("recall", "specificity", "precision", "F1", "AUC", "average precision")


def render_evaluation(found: Evaluation, *, sources: Mapping[str, str], subgroups: SubgroupReport | None = None) -> str:
    """The whole page as text.

    Args:
        found: what to show.
        sources: what was read, to name at the end: a word for it, and a file's name with its digest.
        subgroups: groups of people to show as well.
    """
    model = found.model
    title = f"Evaluation of {model.name}"
    body = _template("evaluation.html").substitute(
        title=escape(title),
        summary=_summary(found),
        remarks=escape(_remarks(found)),
        scaled_head="" if found.scaled is None else '<th scope="col">Temperature scaled</th>',
        scores=_score_rows(found),
        class_heads="".join(f'<th scope="col">{name}</th>' for name in _CLASS_NAMES),
        classes=_class_rows(found),
        confusion_heads="".join(f'<th scope="col">{escape(code)}</th>' for code in model.classes),
        confusion=_confusion_rows(found),
        curves=figure(plot_roc(found), "ROC curves", "In the legend the area under each curve.")
        + figure(plot_precision_recall(found), "Precision over recall", "In the legend the average precision."),
        calibration=escape(_about_calibration(found)),
        reliability=figure(plot_reliability(found), "Reliability diagram", "Below, how many images each bin has."),
        decision=figure(plot_decision_curve(found), "Decision curve", ""),
        groups="" if subgroups is None else render_subgroups(subgroups),
    )
    facts = {
        **sources,
        "Intervals": f"{found.resamples} resamples of {found.lesions} lesions, seed {found.seed}",
        "Classes": "; ".join(f"{code}: {DIAGNOSES[code].name}" for code in model.classes),
        "Software": f"monai_skin {__version__}",
    }
    footer = f"<h2>How this was made</h2>\n<dl>\n{definitions(facts)}</dl>"
    banner = "These are scores of a model on the images named at the end, and say nothing of other images."
    return page(title, banner, body, footer, style=_template("evaluation.css").template)


def _summary(found: Evaluation) -> str:
    names = {"melanoma_sensitivity": f"melanoma sensitivity at {found.specificity:.0%} specificity"}
    numbers = {"images": str(len(found.model.image_ids)), "lesions": str(found.lesions)}
    for score in _HEADLINE:
        if score in found.scores:
            numbers[names.get(score, score.replace("_", " "))] = number_text(found.scores[score].estimate.value)
    return definitions(numbers)


def _remarks(found: Evaluation) -> str:
    parts = [
        "Intervals are from resampling lesions with all of their images. The percentile interval is the middle 95 % of "
        "the resamples; BCa corrects it for bias and for a spread that changes with the score. Calibration errors are "
        "higher in resamples than in the images themselves, so that their percentile interval lies high."
    ]
    if found.absent:
        parts.append(f"No image is of class {', '.join(found.absent)}: macro scores are means over the other classes.")
    skipped = max(score.estimate.skipped for score in found.scores.values())
    if skipped:
        parts.append(f"Up to {skipped} resamples had lost a class and are left out of the scores that need it.")
    if found.lesions < 2:
        parts.append("All images are of one lesion: no interval can be computed.")
    return " ".join(parts)


def _score_rows(found: Evaluation) -> str:
    points = {"specificity": f"{found.specificity:.0%}", "sensitivity": f"{found.sensitivity:.0%}"}
    rows = []
    for score, name in OVERALL_NAMES.items():
        if score in found.scores:
            cells = _cells(found.scores[score])
            if found.scaled_scores is not None:
                cells.append(with_interval(found.scaled_scores[score].estimate))
            rows.append(f'<tr><th scope="row">{escape(name.format(**points))}</th>{table_cells(cells)}</tr>\n')
    return "".join(rows)


def _cells(score: Score) -> list[str]:
    found = score.estimate
    return [
        number_text(found.value),
        interval_text(found.low, found.high),
        interval_text(score.bca_low, score.bca_high),
    ]


def _class_rows(found: Evaluation) -> str:
    rows = []
    for code, images in zip(found.model.classes, found.confusion.sum(axis=1), strict=True):
        scores = found.class_scores[code]
        cells = [str(images), *(with_interval(scores[score].estimate) for score in CLASS_SCORES)]
        name = f"{escape(code)}<br><small>{escape(DIAGNOSES[code].name)}</small>"
        rows.append(f'<tr><th scope="row">{name}</th>{table_cells(cells)}</tr>\n')
    return "".join(rows)


def _confusion_rows(found: Evaluation) -> str:
    rows = []
    for index, (code, counts) in enumerate(zip(found.model.classes, found.confusion, strict=True)):
        total = int(counts.sum())
        cells = []
        for column, count in enumerate(counts):
            share = count / total if total else 0.0
            kind = ' class="right"' if column == index else ""
            shade = f"background: rgb(0 114 178 / {0.45 * share:.3f})"
            cells.append(f'<td{kind} style="{shade}">{count} <small>{share:.0%}</small></td>')
        rows.append(f'<tr><th scope="row">{escape(code)}</th>{"".join(cells)}</tr>\n')
    return "".join(rows)


def _about_calibration(found: Evaluation) -> str:
    text = "Bars above or below the diagonal: the model is less or more sure than it is right."
    if found.scaled_scores is None:
        return text
    errors = [scores["expected_calibration_error"].estimate for scores in (found.scores, found.scaled_scores)]
    fitted = f"A temperature of {found.temperature:.3f}, fitted on the validation images,"
    return f"{text} {fitted} changes the expected calibration error from {errors[0]} to {errors[1]}."


@cache
def _template(name: str) -> Template:
    folder = resources.files("monai_skin.evaluation") / "templates"
    return Template((folder / name).read_text(encoding="utf-8"))
