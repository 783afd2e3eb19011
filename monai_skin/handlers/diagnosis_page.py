# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The text of a classification's report: every value escaped, every picture inside the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from monai_skin import __version__
from monai_skin.handlers.concept_card import LEGEND as _CONCEPT_LEGEND
from monai_skin.handlers.concept_card import Decided, decided_pictures, decided_text
from monai_skin.handlers.explained_card import WARNING, Explained, explained_style, explained_text, heat_picture
from monai_skin.handlers.report_page import (
    ULTRASOUND,
    Facts,
    Shown,
    as_percent,
    data_url,
    how_many_shown,
    named_facts,
    rejected_section,
    template,
)
from monai_skin.io import page
from monai_skin.io.html_page import definitions, table_cells
from monai_skin.labels import DIAGNOSES

__all__: list[str] = []

_WIDTHS = {2: " three", 3: " four"}  # of a row of pictures, by how many stand beside the first
_BANNER = "The probabilities are a model's output, for the classes it was trained on, and may be wrong."
_LEGEND = "<p>On the left the original, beside it the lesion as it was outlined for the second encoder.</p>\n"
_PAIR_LEGEND = "<p>On the left the photograph, beside it the ultrasound picture of the same lesion.</p>\n"
_PAIR_HEAT_LEGEND = (
    "<p>Behind them a heat map of each, dark blue for the least and yellow for the most of that picture alone: the two "
    f"cannot be compared. {WARNING}</p>\n"
)
_HEAT_LEGEND = (
    f"<p>On the right a heat map, dark blue for the least and yellow for the most of this picture. {WARNING}</p>\n"
)


def render_diagnosis_report(
    rows: Sequence[Mapping[str, str]],
    rejected: Sequence[Mapping[str, str]],
    shown: Sequence[Shown],
    facts: Facts,
    classes: Sequence[str],
    explained: Mapping[str, Explained | Decided] | None = None,
    cases: Sequence[Mapping[str, str]] = (),
) -> str:
    """The whole page as text.

    Args:
        rows: of ``predictions.csv``.
        rejected: of ``rejected.csv``.
        shown: pictures with a card.
        facts: what made the page.
        classes: codes, in the order of the network's outputs.
        explained: by ``image_id`` as it stands in ``rows``, for pictures with a heat map or a deciding concept.
        cases: of ``cases.csv``, where cases have several pairs.
    """
    known = explained or {}
    cards = "".join(_card(number, one, classes, known.get(one.row["image_id"])) for number, one in enumerate(shown, 1))
    numbered = enumerate(rows, start=1)
    body = template("diagnosis.html").substitute(
        summary=_summary(rows, rejected, cases),
        rejected=rejected_section(rejected),
        cases=_cases_section(cases, classes),
        cards=cards,
        legend=_legend(shown, known),
        shown=how_many_shown(len(shown), len(rows)),
        heads=_heads(classes),
        rows="".join(_table_row(number, row, classes, linked=number <= len(shown)) for number, row in numbered),
    )
    facts_of_run = {"Software": f"monai_skin {__version__}", **named_facts(facts), **_class_names(classes)}
    footer = template("diagnosis_footer.html").substitute(facts=definitions(facts_of_run))
    return page("Lesion classes: report", _BANNER, body, footer, style=explained_style() if known else "")


def _legend(shown: Sequence[Shown], explained: Mapping[str, Explained | Decided]) -> str:
    if any(isinstance(one, Decided) for one in explained.values()):
        return _CONCEPT_LEGEND
    if any(one.row.get("second") == ULTRASOUND for one in shown):
        return f"{_PAIR_LEGEND}{_PAIR_HEAT_LEGEND}" if explained else _PAIR_LEGEND
    legend = _LEGEND if any(one.overlay is not one.original for one in shown) else ""
    return f"{legend}{_HEAT_LEGEND}" if explained else legend


def _heads(classes: Sequence[str]) -> str:
    return "".join(f'<th scope="col">{escape(code)}</th>\n' for code in classes)


def _cases_section(cases: Sequence[Mapping[str, str]], classes: Sequence[str]) -> str:
    if not cases:
        return ""
    rows = ""
    for case in cases:
        values = (case["pairs"], case["prediction"], *(as_percent(case[code]) for code in classes))
        rows += f'<tr><th scope="row">{escape(case["case_id"])}</th>{table_cells(values)}</tr>\n'
    return template("cases.html").substitute(heads=_heads(classes), rows=rows)


def _summary(
    rows: Sequence[Mapping[str, str]], rejected: Sequence[Mapping[str, str]], cases: Sequence[Mapping[str, str]]
) -> str:
    outlined = sum(row["mask_ok"] == "true" for row in rows)
    what = {"Cases classified": str(len(cases))} if cases else {}
    numbers = {
        **what,
        "Pairs" if cases else "Pictures": str(len(rows) + len(rejected)),
        "Classified": str(len(rows)),
        "Rejected": str(len(rejected)),
    }
    if any(row["mask_ok"] for row in rows):
        numbers["Outline used"] = f"{outlined} of {len(rows)}"
    if any(row.get("unfamiliar") for row in rows):
        unlike = sum(row["unfamiliar"] == "true" for row in rows)
        numbers["Unlike the training pictures"] = f"{unlike} of {len(rows)}"
    return definitions(numbers)


def _class_names(classes: Sequence[str]) -> dict[str, str]:
    return {"Classes": "; ".join(f"{code}: {DIAGNOSES[code].name}" for code in classes)}


def _card(number: int, shown: Shown, classes: Sequence[str], explained: Explained | Decided | None) -> str:
    row = shown.row
    name = escape(row["image_id"])
    used = {"true": ("ok", "outline used"), "false": ("doubt", "outline not used")}.get(row["mask_ok"])
    verdict = "" if used is None else f' <span class="verdict {used[0]}">{used[1]}</span>'
    if row.get("unfamiliar") == "true":
        verdict += ' <span class="verdict doubt">unlike the training pictures: result unreliable</span>'
    second = ""
    if shown.overlay is not shown.original:  # as for a network with a single stream
        what = "The ultrasound picture" if row.get("second") == ULTRASOUND else "The outlined lesion"
        second = f'<img src="{data_url(shown.overlay)}" alt="{what} of {name}" loading="lazy">\n'
    pictures, words = _explaining(explained, name)
    return template("diagnosis_card.html").substitute(
        number=number,
        image_id=name,
        file=escape(row["file"]),
        person=escape(f", {row['person']}" if row.get("person") else ""),
        original=data_url(shown.original),
        second=second,
        many=_WIDTHS.get(f"{second}{pictures}".count("<img"), ""),
        heat=pictures,
        explained=words,
        verdict=verdict,
        bars="".join(_bar(code, row[code]) for code in sorted(classes, key=lambda code: -float(row[code]))),
        remarks=f"<p>Notes: {escape(row['notes'])}.</p>" if row["notes"] else "",
    )


def _explaining(explained: Explained | Decided | None, name: str) -> tuple[str, str]:
    """The pictures and the text that explain an answer."""
    if explained is None:
        return "", ""
    if isinstance(explained, Decided):
        return decided_pictures(explained, name), decided_text(explained)
    return heat_picture(explained, name), explained_text(explained)


def _bar(code: str, probability: str) -> str:
    share = as_percent(probability)
    width = f"{100 * float(probability):.2f}%"
    name = escape(DIAGNOSES[code].name)
    return (
        f'<tr><th scope="row">{name}</th><td class="track"><span class="bar" style="width: {width}"></span></td>'
        f"<td>{share}</td></tr>\n"
    )


def _table_row(number: int, row: Mapping[str, str], classes: Sequence[str], *, linked: bool) -> str:
    name = escape(row["image_id"])
    link = f'<a href="#picture-{number}">{name}</a>' if linked else name
    used = {"true": "yes", "false": "no"}.get(row["mask_ok"], "")
    values = (row["file"], row["prediction"], *(as_percent(row[code]) for code in classes), used, row["notes"])
    return f'<tr><th scope="row">{link}</th>{table_cells(values)}</tr>\n'
