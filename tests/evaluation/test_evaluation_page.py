# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of an evaluation and its drawings."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from monai_skin.evaluation import (
    Estimate,
    evaluate_model,
    plot_decision_curve,
    plot_estimates,
    plot_precision_recall,
    plot_reliability,
    plot_roc,
    render_evaluation,
)
from tests.evaluation.models import CLASSES, make_model


@pytest.fixture(scope="module")
def found():
    validation = make_model(images=80, prefix="v")
    return evaluate_model(make_model(images=90, lesions=40), validation=validation, resamples=20)


def words(svg):
    return " ".join(ElementTree.fromstring(svg).itertext())


@pytest.mark.parametrize("plot", [plot_roc, plot_precision_recall, plot_reliability, plot_decision_curve])
def test_a_drawing_is_svg_and_the_same_each_time(plot, found):
    svg = plot(found)
    assert ElementTree.fromstring(svg).tag.endswith("svg") and svg == plot(found)


def test_curves_name_every_class_with_its_area(found):
    text = words(plot_roc(found))
    for code in CLASSES:
        assert f"{code} {found.class_scores[code]['auc'].estimate.value:.3f}" in text
    assert f"malignant {found.scores['malignant_auc'].estimate.value:.3f}" in text
    assert f"malignant {found.scores['malignant_average_precision'].estimate.value:.3f}" in words(
        plot_precision_recall(found)
    )


def test_the_reliability_diagram_shows_both_sides_of_a_temperature(found):
    assert f"temperature {found.temperature:.3f}" in words(plot_reliability(found))
    plain = replace(found, scaled=None, temperature=None, scaled_scores=None)
    assert "temperature" not in words(plot_reliability(plain)) and "scaled" not in words(plot_decision_curve(plain))


def test_estimates_are_drawn_a_line_each_and_an_undefined_one_is_left_empty():
    some = {"female": Estimate(0.8, 0.7, 0.9), "male": Estimate(np.nan, np.nan, np.nan)}
    text = words(plot_estimates(some, label="sensitivity", overall=Estimate(0.75, 0.7, 0.8)))
    assert "female" in text and "male" in text and "sensitivity" in text


def test_the_page_needs_nothing_else_and_says_what_it_is_not_for(found):
    text = render_evaluation(found, sources={"Predictions": "a.csv"})
    assert "Research use only. Not for diagnosis." in text and "a.csv" in text
    assert re.findall(r'(?:src|href)="(?!data:|#)', text) == [] and "<script" not in text
    assert text.count("data:image/svg+xml") == 4
    for code in CLASSES:
        assert f'<th scope="row">{code}' in text
    assert f"{found.scores['macro_auc'].estimate.value:.3f}" in text and "$" not in text


def test_names_from_outside_are_escaped(found):
    hostile = replace(found, model=replace(found.model, name="<script>alert(1)</script>"))
    text = render_evaluation(hostile, sources={"Predictions": "<img src=x>"})
    assert "<script>" not in text and "<img src=x>" not in text and "&lt;script&gt;" in text


def test_absent_classes_and_a_single_lesion_are_said():
    model = make_model(images=40)
    some = model.take(np.flatnonzero(model.truth != 1))
    single = replace(some, lesion_ids=("one",) * len(some.truth))
    text = render_evaluation(evaluate_model(single, resamples=3), sources={})
    assert f"No image is of class {CLASSES[1]}" in text
    assert "no interval can be computed" in text and "not computable" in text
