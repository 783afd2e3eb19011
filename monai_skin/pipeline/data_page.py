# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The page that shows what is in a data set: every value escaped, every picture inside the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt

from monai_skin.handlers.report_page import data_url
from monai_skin.io import page
from monai_skin.io.html_charts import bar_table, chart_style, cross_table, heading_row, histogram, percent, scrolling
from monai_skin.io.html_page import definitions, table_cells
from monai_skin.labels import UNKNOWN

__all__: list[str] = []

MOST_LISTED = 50
_BANNER = "Counts describe this data set, not the people a model would meet."
_NO_OVERLAP = '<span class="verdict ok">no overlap</span> No lesion, person or image stands in two sections.'
_OVERLAP = '<span class="verdict doubt">overlap</span> In two sections stand: '
_SPLITS = {
    "dataset.json": "The sections of dataset.json.",
    "published": "The sections the data set was published with.",
    "split": "The split that training makes where there is no dataset.json: by lesion and person, with seed {seed}.",
}


def render_data_page(facts: Mapping[str, Any], samples: Mapping[str, Sequence[npt.NDArray[np.uint8]]]) -> str:
    """The whole page as text.

    Args:
        facts: as ``report.json`` has them.
        samples: the thumbnails of each class, ``(3, h, w)`` uint8, in the order of ``facts["shown"]``.
    """
    body = _template("data.html").substitute(
        name=escape(facts["name"]), summary=_summary(facts), sections="".join(_sections(facts, samples))
    )
    made = {
        "Software": facts["software"],
        "Date": facts["created"],
        "Seed": str(facts["seed"]),
        "Pictures in the sample": str(facts["sample"]),
    }
    footer = _template("data_footer.html").substitute(facts=definitions(made))
    return page(f"{facts['name']}: data set report", _BANNER, body, footer, style=chart_style())


def _summary(facts: Mapping[str, Any]) -> str:
    def known(count: int | None) -> str:
        return "not known" if count is None else f"{count:,}"

    return definitions(
        {
            "Images": f"{facts['images']:,}",
            "Lesions": known(facts["lesions"]),
            "Patients": known(facts["patients"]),
            "Classes": str(len(facts["classes"])),
            "Equal files": f"{sum(len(group['image_ids']) for group in facts['same_bytes']):,}",
            "Set aside": f"{len(facts['broken']) + len(facts['unusable_rows']):,}",
        }
    )


def _sections(facts: Mapping[str, Any], samples: Mapping[str, Sequence[npt.NDArray[np.uint8]]]) -> Iterable[str]:
    columns = {"all": facts["images"], **{row["dx"]: row["images"] for row in facts["classes"]}}
    yield _set_aside(facts)
    yield _section("classes", "Classes", _classes(facts["classes"]))
    yield _section("samples", "Sample pictures", _samples(facts["shown"], samples))
    yield _section("lesions", "Images per lesion", _lesions(facts))
    yield _section("dx-type", "How diagnoses were made", _cross(facts["dx_type"], "dx-type", "Way", columns))
    ages = _histograms(facts["age"], columns) + _cross(facts["age"], "age", "Age", columns)
    yield _section("age", "Age in years, by class", ages)
    yield _section("sex", "Sex, by class", _cross(facts["sex"], "sex", "Sex", columns))
    yield _section("site", "Site, by class", _cross(facts["site"], "site", "Site", columns))
    for field, title in (("fitzpatrick", "Fitzpatrick skin type"), ("age_group", "Age group")):
        yield _section(field, f"{title}, by class", _cross(facts[field], field, title, columns))
    missing = {row["field"]: [row["images"], *row["by_class"].values()] for row in facts["missing"]}
    yield _section("missing", "What is missing", cross_table("missing", "Not known", missing, columns))
    yield _section("sections", "Training, validation and test", _split(facts))
    yield _section("equal", "Equal files", _equal(facts["same_bytes"]))
    yield _section("sizes", "Picture sizes", _sizes(facts["image_sizes"]))
    yield _section("colours", "Colours, by class", _colours(facts["colours"]))


def _section(name: str, title: str, content: str) -> str:
    return f'<section aria-labelledby="{name}">\n<h2 id="{name}">{title}</h2>\n{content}</section>\n' if content else ""


def _note(html: str) -> str:
    return f'<p class="note">{html}</p>\n'


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _listed(texts: Sequence[str]) -> str:
    shown = "".join(f"<li>{escape(text)}</li>\n" for text in texts[:MOST_LISTED])
    more = _note(f"And {len(texts) - MOST_LISTED:,} more, in report.json.") if len(texts) > MOST_LISTED else ""
    return f"<ul>\n{shown}</ul>\n{more}"


def _set_aside(facts: Mapping[str, Any]) -> str:
    broken = [row["reason"] for row in facts["broken"]]
    parts = ""
    if broken:
        parts += _note(f"{_counted(len(broken), 'picture')} cannot be read. Their rows are counted all the same.")
        parts += _listed(broken)
    if facts["unusable_rows"]:
        parts += _note(f"{_counted(len(facts['unusable_rows']), 'row')} cannot be used, and counted nowhere.")
        parts += _listed(facts["unusable_rows"])
    if facts["left_out"]:
        counts = "; ".join(f"{reason}: {count:,}" for reason, count in facts["left_out"].items())
        parts += _note(f"Left out on purpose, and counted nowhere: {escape(counts)}.")
    return _section("aside", "Set aside", parts)


def _classes(rows: Sequence[Mapping[str, Any]]) -> str:
    names = {row["dx"]: row["dx"] if row["name"] == row["dx"] else f"{row['name']} ({row['dx']})" for row in rows}
    counts = {names[row["dx"]]: row["images"] for row in rows}
    lesions = {names[row["dx"]]: "" if row["lesions"] is None else f"{row['lesions']:,}" for row in rows}
    return bar_table("classes", ("Class", "Images", "Lesions"), counts, lesions)


def _samples(shown: Mapping[str, Sequence[str]], samples: Mapping[str, Sequence[npt.NDArray[np.uint8]]]) -> str:
    html = ""
    for dx, names in shown.items():
        figures = "".join(
            f'<figure><img src="{data_url(image)}" alt="{escape(f"Image {name}, class {dx}")}" loading="lazy">'
            f"<figcaption>{escape(name)}</figcaption></figure>\n"
            for name, image in zip(names, samples[dx], strict=True)
        )
        html += f'<div>\n<h3>{escape(dx)}</h3>\n<div class="samples">\n{figures}</div>\n</div>\n'
    return f'<div class="classes">\n{html}</div>\n' if html else ""


def _lesions(facts: Mapping[str, Any]) -> str:
    if facts["lesions"] is None:
        return _note("No image names its lesion: each counts as a lesion of its own.")
    counts = {str(row["images"]): row["lesions"] for row in facts["images_per_lesion"]}
    several = facts["several_images"]
    html = bar_table("lesions", ("Images", "Lesions"), counts)
    html += _note(f"Lesions with several images: {several['lesions']:,}, with {several['images']:,} images in all.")
    if several["two_diagnoses"]:
        html += _note(f"Lesions with two diagnoses: {len(several['two_diagnoses']):,}.") + _listed(
            several["two_diagnoses"]
        )
    return html


def _cross(table: Mapping[str, Any] | None, heading: str, corner: str, columns: Mapping[str, int]) -> str:
    if table is None:
        return ""
    rows = {
        value: [table["images"][index], *(counts[index] for counts in table["by_class"].values())]
        for index, value in enumerate(table["values"])
    }
    return cross_table(heading, corner, rows, columns)


def _histograms(ages: Mapping[str, Any], columns: Mapping[str, int]) -> str:
    charts = {"all": ages["images"], **ages["by_class"]}
    figures = "".join(
        histogram(f"{dx}, {columns[dx]:,} images", dict(zip(ages["values"], counts, strict=True)), apart=UNKNOWN)
        for dx, counts in charts.items()
    )
    return f'<div class="histograms">\n{figures}</div>\n'


def _split(facts: Mapping[str, Any]) -> str:
    sections, overlap = facts["sections"], facts["overlap"]
    counts = {noun: overlap[f"{noun}s"] for noun in ("lesion", "patient", "image") if overlap[f"{noun}s"]}
    verdict = _NO_OVERLAP
    if counts:
        verdict = _OVERLAP + ", ".join(_counted(count, noun) for noun, count in counts.items()) + "."
    total = sum(section["images"] for section in sections)
    sizes = "".join(
        f'<tr><th scope="row">{escape(row["name"])}</th>{table_cells(_section_cells(row, total))}</tr>\n'
        for row in sections
    )
    head = heading_row(("Section", "Images", "Share", "Lesions"))
    html = _note(_SPLITS[facts["sections_from"]].format(seed=facts["seed"])) + _note(verdict)
    html += _listed(overlap["found"]) if overlap["found"] else ""
    html += scrolling(f"{head}<tbody>\n{sizes}</tbody>\n", "sections", narrow=True)
    classes = {dx: [section["classes"][dx] for section in sections] for dx in (sections[0]["classes"])}
    return html + cross_table("sections", "Class", classes, {row["name"]: row["images"] for row in sections})


def _section_cells(row: Mapping[str, Any], total: int) -> tuple[str, ...]:
    lesions = "not known" if row["lesions"] is None else f"{row['lesions']:,}"
    return f"{row['images']:,}", percent(row["images"], total), lesions


def _equal(groups: Sequence[Mapping[str, Any]]) -> str:
    if not groups:
        return _note("No two files are equal.")
    apart = sum(group["lesions"] > 1 for group in groups)
    across = sum(len(group["sections"]) > 1 for group in groups)
    counts = f"Groups of files with the very same bytes: {len(groups):,}"
    html = _note(f"{counts}; given to several lesions: {apart:,}; in several sections: {across:,}.")
    lesions = [_counted(group["lesions"], "lesion") for group in groups]
    lines = [
        f"{', '.join(group['image_ids'])}: {count}, in {' and '.join(group['sections'])}"
        for group, count in zip(groups, lesions, strict=True)
    ]
    return html + _listed(lines)


def _sizes(sizes: Sequence[Mapping[str, int]]) -> str:
    counts = {f"{row['rows']} × {row['columns']}": row["images"] for row in sizes[:MOST_LISTED]}
    more = sizes[MOST_LISTED:]
    if more:
        counts[f"{len(more)} other sizes"] = sum(row["images"] for row in more)
    return bar_table("sizes", ("Rows × columns", "Images"), counts) if counts else ""


def _colours(rows: Sequence[Mapping[str, Any]]) -> str:
    head = heading_row(("Class", "Pictures", "Mean colour", "Mean R", "G", "B", "Std R", "G", "B"))
    body = ""
    for row in rows:
        colour = ", ".join(f"{value:.0f}" for value in row["mean"])
        numbers = table_cells(f"{value:.1f}" for value in (*row["mean"], *row["std"]))
        swatch = f'<td><span class="swatch" style="background: rgb({colour})"></span></td>'
        body += (
            f'<tr><th scope="row">{escape(row["dx"])}</th>{table_cells([str(row["images"])])}{swatch}{numbers}</tr>\n'
        )
    return scrolling(f"{head}<tbody>\n{body}</tbody>\n", "colours") if rows else ""


@cache
def _template(name: str) -> Template:
    folder = resources.files("monai_skin.pipeline") / "templates"
    return Template((folder / name).read_text(encoding="utf-8"))
