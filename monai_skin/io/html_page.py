# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The frame of every report: one HTML page that needs no network and no other file, and warns before anything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from importlib import resources
from string import Template

__all__ = ["definitions", "page", "page_template", "table_cells"]


def page(title: str, banner: str, body: str, footer: str, *, style: str = "") -> str:
    """A whole page in the style of all reports; it holds no script, and its policy allows none.

    Args:
        title: plain text for the window's title.
        banner: plain text after the words "Research use only. Not for diagnosis.".
        body: HTML, with a ``header`` and a ``main`` element.
        footer: HTML for the end of the page: how it was made.
        style: further CSS after that of all pages.

    >>> "<title>a &lt; b</title>" in page("a < b", "", "", "")
    True
    """
    return page_template("page.html").substitute(
        title=escape(title, quote=False),
        style=page_template("page.css").template + style,
        banner=escape(banner, quote=False),
        body=body.rstrip("\n"),
        footer=footer.rstrip("\n"),
    )


def definitions(pairs: Mapping[str, str]) -> str:
    """Terms and what they are, for inside a ``dl``; plain text, and a pair without a value is left out."""
    return "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>\n" for k, v in pairs.items() if v)


def table_cells(values: Iterable[str]) -> str:
    """Plain texts as the cells of a table row."""
    return "".join(f"<td>{escape(value)}</td>" for value in values)


@cache
def page_template(name: str) -> Template:
    """A template that all pages share."""
    folder = resources.files("monai_skin.io") / "templates"
    return Template((folder / name).read_text(encoding="utf-8"))
