# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The text of the report: every value escaped, every picture inside the page."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from string import Template

import cv2
import numpy as np
import numpy.typing as npt

from monai_skin import __version__
from monai_skin.io import page
from monai_skin.io.html_page import definitions, table_cells

__all__: list[str] = []

JPEG_QUALITY = 85
ULTRASOUND = "ultrasound"


@dataclass(frozen=True)
class Facts:
    """What a reader needs to repeat the run; an empty one is left out."""

    model: str
    weights: str
    created: str


@dataclass(frozen=True)
class Shown:
    """One picture of the report: its row of results and two ``(3, H, W)`` uint8 thumbnails.

    Where the row's ``second`` is :data:`ULTRASOUND`, the other one is an ultrasound picture of the lesion.
    """

    row: Mapping[str, str]
    original: npt.NDArray[np.uint8]
    overlay: npt.NDArray[np.uint8]


def render_report(
    rows: Sequence[Mapping[str, str]], rejected: Sequence[Mapping[str, str]], shown: Sequence[Shown], facts: Facts
) -> str:
    """The whole page as text."""
    body = template("report.html").substitute(
        summary=_summary(rows, rejected),
        rejected=rejected_section(rejected),
        cards="".join(_card(number, one) for number, one in enumerate(shown, start=1)),
        shown=how_many_shown(len(shown), len(rows)),
        rows="".join(_table_row(number, row, number <= len(shown)) for number, row in enumerate(rows, start=1)),
    )
    footer = template("report_footer.html").substitute(
        facts=definitions({"Software": f"monai_skin {__version__}", **named_facts(facts)})
    )
    return page("Lesion outlines: report", "The outlines are a model's output and may be wrong.", body, footer)


def _summary(rows: Sequence[Mapping[str, str]], rejected: Sequence[Mapping[str, str]]) -> str:
    plausible = sum(row["mask_ok"] == "true" for row in rows)
    share = f"{plausible} of {len(rows)} ({plausible / len(rows):.0%})" if rows else "none"
    numbers = {
        "Pictures": str(len(rows) + len(rejected)),
        "Outlined": str(len(rows)),
        "Rejected": str(len(rejected)),
        "Plausible mask": share,
    }
    return definitions(numbers)


def named_facts(facts: Facts) -> dict[str, str]:
    return {"Model": facts.model, "Weights": facts.weights, "Date": facts.created}


def rejected_section(rejected: Sequence[Mapping[str, str]]) -> str:
    if not rejected:
        return ""
    body = "".join(_cells(row["image_id"], row["file"], row["reason"]) for row in rejected)
    return template("rejected.html").substitute(count=len(rejected), rows=body)


def _card(number: int, shown: Shown) -> str:
    row = {key: escape(value) for key, value in shown.row.items()}
    ok = row["mask_ok"] == "true"
    return template("card.html").substitute(
        row,
        number=number,
        original=data_url(shown.original),
        overlay=data_url(shown.overlay),
        fraction=as_percent(row["lesion_fraction"]),
        probability=f", mean probability {row['mean_probability']}" if row["mean_probability"] else "",
        verdict="plausible mask" if ok else "doubtful mask",
        verdict_class="ok" if ok else "doubt",
        remarks=f"<p>Notes: {row['notes']}.</p>" if row["notes"] else "",
    )


def _table_row(number: int, row: Mapping[str, str], has_card: bool) -> str:
    name = escape(row["image_id"])
    link = f'<a href="#picture-{number}">{name}</a>' if has_card else name
    verdict = "yes" if row["mask_ok"] == "true" else "no"
    size = f"{row['height']} \u00d7 {row['width']}"
    values = (row["file"], size, as_percent(row["lesion_fraction"]), verdict)
    rest = (row["mean_probability"] or "none", row["notes"])
    return f'<tr><th scope="row">{link}</th>{table_cells((*values, *rest))}</tr>\n'


def _cells(*values: str) -> str:
    return f"<tr>{table_cells(values)}</tr>\n"


def how_many_shown(shown: int, total: int) -> str:
    return "" if shown == total else f"<p>The first {shown} of {total} are shown; the table lists all of them.</p>"


def as_percent(fraction: str) -> str:
    return f"{float(fraction):.1%}"


def data_url(image: npt.NDArray[np.uint8]) -> str:
    """The picture as a JPEG inside the page, encoded from bare pixels: no EXIF can come along."""
    pixels = np.ascontiguousarray(image[::-1].transpose(1, 2, 0))  # OpenCV orders the channels blue, green, red
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()


@cache
def template(name: str) -> Template:
    folder = resources.files("monai_skin.handlers") / "templates"
    return Template((folder / name).read_text(encoding="utf-8"))
