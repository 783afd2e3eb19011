# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Bars, histograms and cross tables as plain HTML and SVG: every number is there as text too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from monai_skin.io.html_page import page_template

__all__ = ["bar_table", "chart_style", "cross_table", "heading_row", "histogram", "percent", "scrolling"]

_BAR_WIDTH, _BAR_HEIGHT, _TEXT_HEIGHT = 16, 64, 12
_FEW_COLUMNS = 5


def chart_style() -> str:
    """The CSS of these, as the ``style`` of :func:`monai_skin.io.page`."""
    return page_template("charts.css").template


def percent(count: int, total: int) -> str:
    """``count`` of ``total`` as a share for a person, who must not take a few for none or a hole for all."""
    share = count / total if total else 0.0
    if 0 < share < 0.001:
        return "<0.1%"
    return ">99.9%" if 0.999 < share < 1 else f"{share:.1%}"


def scrolling(table: str, heading: str, *, kind: str = "numeric", narrow: bool = False) -> str:
    """A table that scrolls by itself where the page is narrower.

    Args:
        heading: id of the heading that names the table.
        kind: class of the table.
        narrow: it has few columns and would look lost over the whole page.
    """
    region = f'<div class="scroll{" narrow" if narrow else ""}" tabindex="0" role="region" aria-labelledby="{heading}">'
    return f'{region}\n<table class="{kind}">\n{table}</table>\n</div>\n'


def heading_row(names: Sequence[str]) -> str:
    """The first row of a table; plain texts, and an empty one for a column that needs no name."""
    cells = "".join(f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in names)
    return f"<thead><tr>{cells}</tr></thead>\n"


def bar_table(heading: str, columns: Sequence[str], rows: Mapping[str, int], *notes: Mapping[str, str]) -> str:
    """A bar for each count, as long as its share of the largest, with the count and its share of all.

    Args:
        heading: id of the heading that names the table.
        columns: what stands above the names, the counts and each of the notes.
        rows: count of each name.
        notes: a further column each, by the same names.
    """
    total, largest = sum(rows.values()), max(rows.values(), default=0)
    body = ""
    for name, count in rows.items():
        width = f"{100 * count / largest if largest else 0:.2f}%"
        more = "".join(f"<td>{escape(note.get(name, ''))}</td>" for note in notes)
        body += (
            f'<tr><th scope="row">{escape(name)}</th>'
            f'<td class="track"><span class="bar" style="width: {width}"></span></td>'
            f"<td>{count:,}</td><td>{escape(percent(count, total))}</td>{more}</tr>\n"
        )
    head = heading_row([columns[0], "", columns[1], "Share", *columns[2:]])
    return scrolling(f"{head}<tbody>\n{body}</tbody>\n", heading, kind="bars", narrow=True)


def cross_table(heading: str, corner: str, rows: Mapping[str, Sequence[int]], columns: Mapping[str, int]) -> str:
    """Counts of two things at once, with the share of the column below each and as a tint behind it.

    Args:
        heading: id of the heading that names the table.
        corner: what stands above the names of the rows.
        rows: counts of each row, a column each.
        columns: what each column's counts are shares of.
    """
    body = ""
    for name, counts in rows.items():
        cells = ""
        for count, total in zip(counts, columns.values(), strict=True):
            width = f"{100 * count / total if total else 0:.1f}%"
            share = f"<small>{escape(percent(count, total))}</small>" if count else ""
            cells += f'<td style="--share: {width}">{count:,}{share}</td>'
        body += f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>\n'
    table = f"{heading_row([corner, *columns])}<tbody>\n{body}</tbody>\n"
    return scrolling(table, heading, kind="cross", narrow=len(columns) <= _FEW_COLUMNS)


def histogram(caption: str, counts: Mapping[str, int], *, apart: str = "") -> str:
    """A small picture of columns, read aloud as its counts.

    Args:
        caption: plain text below it.
        counts: of each band, in order; the first and the last are written below the axis.
        apart: the band that is not on the scale, which is drawn in another tone.
    """
    largest = max([*counts.values(), 1])
    width, base = _BAR_WIDTH * len(counts), _BAR_HEIGHT
    bars = "".join(
        f'<rect class="{"rest" if band == apart else "on"}" x="{index * _BAR_WIDTH + 1}" '
        f'y="{base * (1 - count / largest):.1f}" '
        f'width="{_BAR_WIDTH - 2}" height="{base * count / largest:.1f}"></rect>'
        for index, (band, count) in enumerate(counts.items())
    )
    bands = list(counts)
    last = f'<text x="{width}" y="{base + 10}" text-anchor="end">{escape(bands[-1])}</text>' if bands else ""
    first = f'<text x="0" y="{base + 10}">{escape(bands[0])}</text>' if len(bands) > 1 else ""
    spoken = escape(f"{caption}. " + ", ".join(f"{band}: {count}" for band, count in counts.items()))
    return (
        f'<figure>\n<svg viewBox="0 0 {width} {base + _TEXT_HEIGHT}" role="img" aria-label="{spoken}">'
        f'{bars}<line x1="0" x2="{width}" y1="{base}" y2="{base}"></line>{first}{last}</svg>\n'
        f"<figcaption>{escape(caption)}</figcaption>\n</figure>\n"
    )
