# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The part of a card that explains."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from monai_skin.handlers.explained_card import Explained, explained_text, heat_picture
from tests.handlers.test_write_report import Page

ROW = {"method": "grad_cam_plus_plus", "class": "mel", "heat_in_lesion": "0.400000", "lesion": "0.250000"}
VALUES = {"class": "mel", "base": "0.200000", "age": "0.150000", "sex": "-0.050000", "site": "0.000000", "sum": "0.3"}


def explained(clinical: dict[str, str] | None = None, **changes: str) -> Explained:
    return Explained({**ROW, **changes}, np.zeros((3, 4, 6), np.uint8), clinical)


def words(text: str) -> str:
    return " ".join(Page(text).text.split())


def test_it_says_what_the_heat_is_of_how_much_is_on_the_lesion_and_what_it_is_not():
    text = words(explained_text(explained()))
    assert text.startswith("Heat: Grad-CAM++ for melanoma. 40.0% of the heat lies on the outlined lesion, which covers")
    assert "which covers 25.0% of the frame. A heat map shows where the network was sensitive, not whether" in text
    assert "age" not in text
    assert 'alt="Heat map of a, Grad-CAM++ for melanoma"' in heat_picture(explained(), "a")


def test_attention_is_said_to_be_of_no_class_and_without_an_outline_nothing_is_measured():
    text = words(explained_text(explained(method="rollout", heat_in_lesion="", lesion="")))
    warning = "A heat map shows where the network was sensitive, not whether it was right."
    assert text == f"Heat: attention rollout, of no class. {warning}"


@pytest.mark.parametrize(
    ("age", "bars"),
    [
        # half of the track is the largest of the three
        ("0.150000", [("more", 50, 50), ("less", 50 - 50 / 3, 50 / 3), ("more", 50, 0)]),
        # or ten points, where all are smaller
        ("0.020000", [("more", 50, 10), ("less", 25, 25), ("more", 50, 0)]),
    ],
)
def test_bars_point_to_the_right_for_what_is_added_and_to_the_left_for_what_is_taken(age, bars):
    text = explained_text(explained({**VALUES, "age": age}))
    found = re.findall(r'class="bar (\w+)" style="margin-left: ([\d.]+)%; width: ([\d.]+)%"', text)
    assert [name for name, _, _ in found] == [name for name, _, _ in bars]
    for (_, start, width), (_, wanted_start, wanted_width) in zip(found, bars, strict=True):
        assert (float(start), float(width)) == pytest.approx((wanted_start, wanted_width), abs=0.01)


def test_every_bar_stands_as_a_number_too():
    text = words(explained_text(explained(VALUES)))
    assert "probability of melanoma: 20.0% for this picture with other people's, 30.0% with this person's." in text
    assert text.endswith("age +15.0 points sex \u22125.0 points site +0.0 points")


def test_maps_of_both_pictures_are_named_by_their_picture():
    both = replace(explained(stream="image", heat_in_lesion=""), also=(explained(stream="ultrasound"),))
    drawn = heat_picture(both, "a")
    for which in ("the photograph", "the ultrasound picture"):
        assert f'alt="Heat map of {which} of a, Grad-CAM++ for melanoma"' in drawn
    assert words(explained_text(both)).startswith("Heat on both pictures: Grad-CAM++ for melanoma. A heat map shows")
