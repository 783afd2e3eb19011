# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The part of a report's card that explains: a heat map, and what age, sex and site did to the probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

from monai_skin.handlers.report_page import as_percent, data_url, template
from monai_skin.interpretability import CLINICAL_FIELDS, MAP_METHODS
from monai_skin.labels import DIAGNOSES

__all__: list[str] = []

WARNING = "A heat map shows where the network was sensitive, not whether it was right."
_STREAMS = {"image": "the photograph", "ultrasound": "the ultrasound picture"}
_WIDEST = 0.1  # of a probability: smaller values get bars in proportion to this


@dataclass(frozen=True)
class Explained:
    """What is known of one picture's answer.

    Attributes:
        row: of ``explanations.csv``.
        heat: ``(3, H, W)`` uint8, the drawing in small.
        clinical: row of ``clinical.csv``; None where the network has no metadata or nothing is known of the person.
        also: the same of further pictures of a lesion, such as an ultrasound picture beside a photograph.
    """

    row: Mapping[str, str]
    heat: npt.NDArray[np.uint8]
    clinical: Mapping[str, str] | None
    also: tuple[Explained, ...] = ()


def explained_style() -> str:
    """The CSS of these parts, as the ``style`` of :func:`monai_skin.io.page`."""
    return template("explained.css").template


def heat_picture(explained: Explained, name: str) -> str:
    """The heat map as a picture, or one of each picture; ``name`` is HTML already."""
    drawn = ""
    for one in (explained, *explained.also):
        which = f"{_STREAMS[one.row['stream']]} of " if explained.also else ""
        words = f"Heat map of {which}{name}, {escape(_method(one.row))}"
        drawn += f'<img src="{data_url(one.heat)}" alt="{words}" loading="lazy">\n'
    return drawn


def explained_text(explained: Explained) -> str:
    """What stands below the bars of a card."""
    row = explained.row
    on_lesion = ""
    if row["heat_in_lesion"]:
        shares = as_percent(row["heat_in_lesion"]), as_percent(row["lesion"])
        on_lesion = f" {shares[0]} of the heat lies on the outlined lesion, which covers {shares[1]} of the frame."
    where = " on both pictures" if explained.also else ""
    heat = f'<p class="meta">Heat{where}: {escape(_method(row))}.{on_lesion} {WARNING}</p>\n'
    return heat if explained.clinical is None else heat + _clinical(explained.clinical)


def _method(row: Mapping[str, str]) -> str:
    method = MAP_METHODS[row["method"]]
    return f"{method.title} for {DIAGNOSES[row['class']].name}" if method.of_class else f"{method.title}, of no class"


def _clinical(row: Mapping[str, str]) -> str:
    values = {field: float(row[field]) for field in CLINICAL_FIELDS}
    largest = max(_WIDEST, *map(abs, values.values()))
    return template("clinical.html").substitute(
        diagnosis=escape(DIAGNOSES[row["class"]].name),
        base=as_percent(row["base"]),
        sum=as_percent(row["sum"]),
        bars="".join(_signed_bar(field, value, largest) for field, value in values.items()),
    )


def _signed_bar(field: str, value: float, largest: float) -> str:
    """A bar to the right of the middle for what is added, to the left for what is taken away."""
    width = 50 * abs(value) / largest
    start = 50 if value >= 0 else 50 - width
    sign = "+" if value >= 0 else "\u2212"
    return (
        f'<tr><th scope="row">{field}</th><td class="track"><span class="bar {"more" if value >= 0 else "less"}" '
        f'style="margin-left: {start:.2f}%; width: {width:.2f}%"></span></td>'
        f"<td>{sign}{100 * abs(value):.1f} points</td></tr>\n"
    )
