# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Drawings of an evaluation, as SVG that is the same whenever the numbers are."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from monai_skin.evaluation.bootstrap import Estimate
from monai_skin.evaluation.evaluate import Evaluation
from monai_skin.evaluation.evaluation_tables import decision_thresholds
from monai_skin.evaluation.predictions import malignant_score
from monai_skin.metrics import ReliabilityBins, net_benefit, precision_recall_points, reliability_bins, roc_points

__all__ = ["plot_decision_curve", "plot_estimates", "plot_precision_recall", "plot_reliability", "plot_roc"]

Floats = npt.NDArray[np.float64]

# Okabe and Ito's palette, which the colour blind can tell apart; the line's form says the same once more
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#5a5a5a", "#000000")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",  # text stays text: small, sharp, and found by a search
    "svg.hashsalt": "monai_skin",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "legend.frameon": False,
}


def plot_roc(found: Evaluation) -> bytes:
    """The ROC curve of each class against the others, and of the malignant classes together."""
    return _curves(found, roc_points, ("1 - specificity", "sensitivity"), "auc", diagonal=True)


def plot_precision_recall(found: Evaluation) -> bytes:
    """Precision over recall, of the same classes."""

    def points(positive: npt.ArrayLike, score: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
        precision, recall, thresholds = precision_recall_points(positive, score)
        return recall, precision, thresholds

    return _curves(found, points, ("recall (sensitivity)", "precision"), "average_precision", diagonal=False)


def _curves(found: Evaluation, points: Any, names: tuple[str, str], score: str, *, diagonal: bool) -> bytes:
    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for index, code in enumerate(found.model.classes):
            if code not in found.absent:
                along, up, _ = points(found.model.truth == index, found.model.probabilities[:, index])
                label = f"{code} {found.class_scores[code][score].estimate.value:.3f}"
                axes.step(along, up, where="post", label=label, color=COLOURS[index], linestyle=LINES[index])
        malignant, values = malignant_score(found.model)
        if 0 < malignant.sum() < len(malignant):
            along, up, _ = points(malignant, values)
            label = f"malignant {found.scores[f'malignant_{score}'].estimate.value:.3f}"
            axes.step(along, up, where="post", label=label, color="black", linewidth=2.2)
        if diagonal:
            axes.plot([0, 1], [0, 1], color="#999999", linewidth=1)
        axes.set(xlabel=names[0], ylabel=names[1], xlim=(0, 1), ylim=(0, 1.01), aspect="equal")
        axes.legend(loc="lower right" if diagonal else "lower left", fontsize=8)

    return _svg(draw, (5.2, 4.8))


def plot_reliability(found: Evaluation) -> bytes:
    """Accuracy over confidence in bins of equal width, as given and, if there is one, at the fitted temperature."""
    models = [("as given", found.model), (f"temperature {found.temperature or 1:.3f}", found.scaled)]
    drawn = [(name, model) for name, model in models if model is not None]

    def draw(figure: Any) -> None:
        columns = figure.subplots(2, len(drawn), squeeze=False, sharex=True, height_ratios=[3, 1]).T
        for (upper, lower), (name, model) in zip(columns, drawn, strict=True):
            bins = reliability_bins(model.truth, model.probabilities)
            _reliability(upper, bins)
            upper.set(title=name, ylabel="share predicted rightly", xlim=(0, 1), ylim=(0, 1))
            lower.bar(
                bins.edges[:-1], bins.images, np.diff(bins.edges), align="edge", color="#8a8a8a", edgecolor="white"
            )
            lower.set(xlabel="probability of the predicted class", ylabel="images")

    return _svg(draw, (4.4 * len(drawn), 5.2))


def _reliability(axes: Any, bins: ReliabilityBins) -> None:
    filled = bins.images > 0
    left, width = bins.edges[:-1][filled], np.diff(bins.edges)[filled]
    right, sure = bins.accuracy[filled], bins.confidence[filled]
    axes.bar(left, right, width, align="edge", color=COLOURS[0], edgecolor="white", label="right")
    gap = {"color": COLOURS[1], "alpha": 0.35, "hatch": "///", "edgecolor": COLOURS[1], "linewidth": 0}
    axes.bar(left, sure - right, width, bottom=right, align="edge", label="gap to the probability", **gap)
    axes.plot([0, 1], [0, 1], color="#666666", linewidth=1)
    axes.legend(loc="upper left", fontsize=8)


def plot_decision_curve(found: Evaluation) -> bytes:
    """Net benefit of acting on the malignant probability over the threshold, beside acting on all images or none."""
    malignant, score = malignant_score(found.model)
    limits = decision_thresholds()

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        top = malignant.mean() or 1.0  # without a malignant image there is no benefit, and no scale
        axes.plot(limits, net_benefit(malignant, score, limits), color=COLOURS[0], label="model")
        if found.scaled is not None:
            _, scaled = malignant_score(found.scaled)
            benefit = net_benefit(malignant, scaled, limits)
            axes.plot(limits, benefit, color=COLOURS[1], linestyle="--", label="model, temperature scaled")
        everyone = net_benefit(malignant, np.ones_like(score), limits)
        axes.plot(limits, everyone, color="#666666", linestyle=":", label="every image called malignant")
        axes.axhline(0, color="black", linewidth=1, label="no image called malignant")
        axes.set(xlabel="threshold probability", ylabel="net benefit", xlim=(0, 1), ylim=(-0.15 * top, 1.1 * top))
        axes.legend(fontsize=8)

    return _svg(draw, (5.6, 4.2))


def plot_estimates(estimates: Mapping[str, Estimate], *, label: str, overall: Estimate | None = None) -> bytes:
    """A line a group: its value and interval, and a broken line where all images together are.

    Args:
        estimates: what to call the group, to its estimate; one that is not defined is left empty.
        label: of the axis.
        overall: of all images.
    """
    names: Sequence[str] = list(estimates)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for place, name in enumerate(names):
            found = estimates[name]
            if not np.isnan(found.value):
                axes.plot([found.low, found.high], [place, place], color=COLOURS[0], linewidth=2)
                axes.plot(found.value, place, "s", color=COLOURS[0], markersize=6)
        if overall is not None:
            axes.axvline(overall.value, color=COLOURS[1], linestyle="--", linewidth=1.2)
        axes.set_yticks(range(len(names)), names)
        axes.set(xlabel=label, ylim=(len(names) - 0.4, -0.6))

    return _svg(draw, (6.4, 1.1 + 0.3 * len(names)))


def _svg(draw: Any, size: tuple[float, float]) -> bytes:
    import matplotlib as mpl  # here, because it takes half a second, which no other command should pay
    from matplotlib.figure import Figure

    stream = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()
