# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The frame of every report."""

from __future__ import annotations

import pytest

from monai_skin.io import page
from monai_skin.io.html_page import definitions, table_cells
from tests.handlers.test_write_report import Page

HOSTILE = ["<script>alert(1)</script>", "a&b", "$x ${y} {z} %s", "</title></p>"]


def test_a_page_warns_first_and_holds_what_it_is_given():
    source = page(
        "Title", "It may be wrong.", "<main><h1>Body</h1></main>", "<p>Footer</p>", style=".own { margin: 0; }"
    )
    read = Page(source)
    assert read.open == []
    text = " ".join(read.text.split())
    assert text.endswith("Research use only. Not for diagnosis. It may be wrong. Body Footer")
    assert "<title>Title</title>" in source
    assert source.index(".banner {") < source.index(".own { margin: 0; }") < source.index("</style>")


def test_a_page_may_load_nothing_and_run_nothing():
    policy = next(tag for tag in Page(page("", "", "", "")).all("meta") if tag.get("http-equiv"))
    assert policy["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_title_and_banner_are_text(hostile):
    read = Page(page(hostile, hostile, "", ""))
    assert read.text.count(hostile) == 2
    assert "script" not in {tag for tag, _ in read.tags}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_terms_and_cells_are_text(hostile):
    read = Page(
        f"<dl>{definitions({hostile: hostile, 'empty': ''})}</dl><table><tr>{table_cells([hostile])}</tr></table>"
    )
    assert read.open == []
    assert read.text.count(hostile) == 3
    assert "empty" not in read.text
