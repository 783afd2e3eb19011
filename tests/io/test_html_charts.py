# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Bars, histograms and cross tables: the drawing and the numbers say the same."""

from __future__ import annotations

import re

import pytest

from monai_skin.io.html_charts import bar_table, chart_style, cross_table, heading_row, histogram, percent, scrolling
from tests.handlers.test_write_report import Page

HOSTILE = '<img src="https://example.org/x">&"$x'


@pytest.mark.parametrize(
    "count, total, expected",
    [(0, 9, "0.0%"), (9, 9, "100.0%"), (1, 3, "33.3%"), (1, 5000, "<0.1%"), (4999, 5000, ">99.9%"), (0, 0, "0.0%")],
)
def test_a_share_never_rounds_a_few_to_none_or_nearly_all_to_all(count, total, expected):
    assert percent(count, total) == expected


def test_the_longest_bar_is_the_largest_count_and_the_others_go_with_it():
    source = bar_table("id", ("Class", "Images", "Lesions"), {"mel": 50, "nv": 200, "df": 0}, {"mel": "40"})
    assert re.findall(r"width: ([\d.]+)%", source) == ["25.00", "100.00", "0.00"]
    assert Page(source).text.split() == ("Class Images Share Lesions mel 50 20.0% 40 nv 200 80.0% df 0 0.0%".split())


def test_a_cross_table_shades_each_cell_by_its_share_of_the_column():
    source = cross_table("id", "Sex", {"female": [30, 1], "male": [10, 0]}, {"all": 40, "mel": 2})
    assert re.findall(r"--share: ([\d.]+)%", source) == ["75.0", "50.0", "25.0", "0.0"]
    assert Page(source).text.split() == "Sex all mel female 30 75.0% 1 50.0% male 10 25.0% 0".split()


def test_a_histogram_is_drawn_to_scale_and_can_be_read_aloud():
    source = histogram("mel", {"0–9": 4, "10–19": 1, "unknown": 2}, apart="unknown")
    bars = Page(source).all("rect")
    assert [float(bar["height"]) / float(bars[0]["height"]) for bar in bars] == [1, 0.25, 0.5]
    assert len({float(bar["y"]) + float(bar["height"]) for bar in bars}) == 1, "all stand on the axis"
    assert [bar["class"] for bar in bars] == ["on", "on", "rest"]
    assert Page(source).all("svg")[0]["aria-label"] == "mel. 0–9: 4, 10–19: 1, unknown: 2"


def test_a_histogram_of_nothing_has_no_height():
    assert {bar["height"] for bar in Page(histogram("none", {"0–9": 0, "10–19": 0})).all("rect")} == {"0.0"}


@pytest.mark.parametrize(
    "source",
    [
        bar_table("id", (HOSTILE, HOSTILE, HOSTILE), {HOSTILE: 1}, {HOSTILE: HOSTILE}),
        cross_table("id", HOSTILE, {HOSTILE: [1]}, {HOSTILE: 1}),
        histogram(HOSTILE, {HOSTILE: 1, f"{HOSTILE}2": 2}),
        scrolling(heading_row([HOSTILE, ""]), "id", narrow=True),
    ],
    ids=["bars", "cross", "histogram", "heading"],
)
def test_text_from_outside_stays_text(source):
    read = Page(source)
    assert read.open == []
    assert not read.all("img")
    assert HOSTILE in read.text


def test_the_style_asks_for_nothing_from_elsewhere():
    assert not re.search(r"url\(|@import|https?:", chart_style())
