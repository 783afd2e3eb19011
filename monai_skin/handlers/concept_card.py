# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The part of a report's card that shows which visual concept decided, as in figure 6 of Hu et al., WACV 2025."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

from monai_skin.handlers.report_page import as_percent, data_url
from monai_skin.labels import DIAGNOSES

__all__: list[str] = []

CONCEPTS = "concepts.csv"
LEGEND = (
    "<p>On the left the original, beside it the concept with the highest score for the predicted class, and on the "
    "right where that concept looked, dark blue for the least and yellow for the most of this picture. The class rests "
    "on the best few concepts, of which this is one. It says where the network was sensitive, not whether it was "
    "right.</p>\n"
)


@dataclass(frozen=True)
class Decided:
    """What decided one picture's answer.

    Attributes:
        row: of ``concepts.csv``.
        evidence: ``(3, H, W)`` uint8, the deciding concept drawn over the picture, in small.
        attention: likewise where it looked; None for a network without attention.
    """

    row: Mapping[str, str]
    evidence: npt.NDArray[np.uint8]
    attention: npt.NDArray[np.uint8] | None


def decided_pictures(decided: Decided, name: str) -> str:
    """The drawings; ``name`` is HTML already."""
    pictures = [("Deciding concept", decided.evidence), ("Attention of the deciding concept", decided.attention)]
    return "".join(
        f'<img src="{data_url(pixels)}" alt="{words} in {name}" loading="lazy">\n'
        for words, pixels in pictures
        if pixels is not None
    )


def decided_text(decided: Decided) -> str:
    """What stands below the bars of a card: the concept in words, the largest shares, its score for each class."""
    row = decided.row
    kind = "a proxy concept, no word was searched for" if row["kind"] == "proxy" else "found by this word"
    diagnosis = escape(DIAGNOSES[row["class"]].name)
    words = f"Decided by concept {row['concept']}, {escape(row['phrase'])} ({kind})."
    bars = "".join(_bar(*entry.rsplit(" ", 1)) for entry in row["profile"].split("; "))
    scores = {name.removeprefix("score_"): float(value) for name, value in row.items() if name.startswith("score_")}
    ordered = sorted(scores, key=lambda code: -scores[code])
    listed = ", ".join(f"{escape(code)} {scores[code]:.1f}" for code in ordered)
    return (
        f'<p class="meta">{words} Share of the concepts for {diagnosis}:</p>\n'
        f'<table class="bars shares">\n<tbody>\n{bars}</tbody>\n</table>\n'
        f'<p class="meta">Its score for each class: {listed}.</p>\n'
    )


def _bar(concept: str, share: str) -> str:
    width = f"{100 * float(share):.1f}%"
    return (
        f'<tr><th scope="row">{escape(concept)}</th><td class="track"><span class="bar" style="width: {width}"></span>'
        f"</td><td>{as_percent(share)}</td></tr>\n"
    )
