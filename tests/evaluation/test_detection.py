# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Familiar and unfamiliar pictures kept apart by what predictions.csv says of them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.evaluation import (
    MEASURES,
    FamiliarityComparison,
    Measures,
    compare_familiarity,
    familiarity_table,
    read_measures,
)


def measures(name, values, groups=None, flagged=None):
    names = groups or [f"{name}{index}" for index in range(len(values))]
    return Measures(name, tuple(names), {"energy": np.asarray(values, float)}, flagged)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=30), st.lists(st.integers(0, 6), min_size=1, max_size=9))
def test_both_numbers_are_those_of_another_library(familiar, unfamiliar):
    found = compare_familiarity(measures("f", familiar), measures("u", unfamiliar), resamples=1)
    unusual, scores = [0] * len(familiar) + [1] * len(unfamiliar), familiar + unfamiliar
    assert isinstance(found, FamiliarityComparison)
    assert found.auroc["energy"].value == pytest.approx(roc_auc_score(unusual, scores))
    passed, reached, _ = roc_curve(unusual, scores, drop_intermediate=False)
    # no more than 5 % of the familiar ones may be called unusual
    assert found.missed["energy"].value == pytest.approx(1 - reached[passed <= 0.05 + 1e-9].max())


def test_lesions_are_drawn_whole_and_a_picture_with_its_blurred_copy():
    # a lesion of many pictures that are all alike weighs as one: its interval is wide
    random = np.random.default_rng(0)
    values, groups = random.normal(size=200), [f"l{index // 50}" for index in range(200)]
    values += np.repeat(random.normal(size=4), 50)
    others = measures("u", random.normal(size=50) + 1)
    alone, together = (
        compare_familiarity(measures("f", values, each), others, resamples=200) for each in (None, groups)
    )
    widths = [one.auroc["energy"].high - one.auroc["energy"].low for one in (alone, together)]
    assert widths[1] > 1.5 * widths[0] and together.groups == (4, 50) and together.pictures == (200, 50)
    # blurring adds a little to each: drawn apart, the two sides would be further apart than in any pair
    pairs = [f"l{index}" for index in range(200)]
    paired = compare_familiarity(measures("f", values, pairs), measures("u", values + 0.3, pairs), resamples=200)
    apart = compare_familiarity(measures("f", values), measures("u", values + 0.3), resamples=200)
    widths = [one.auroc["energy"].high - one.auroc["energy"].low for one in (apart, paired)]
    assert widths[0] > 3 * widths[1]


def test_a_single_unfamiliar_picture_has_its_place_among_the_familiar_ones():
    found = compare_familiarity(measures("f", range(10)), measures("u", [7.5]), resamples=50)
    assert found.auroc["energy"].value == pytest.approx(0.8) and found.missed["energy"].value == 1
    assert found.auroc["energy"].low < 0.8 < found.auroc["energy"].high


def test_the_same_seed_gives_the_same_intervals():
    one, again, other = (
        compare_familiarity(measures("f", range(20)), measures("u", range(5, 15)), resamples=20, seed=seed)
        for seed in (0, 0, 1)
    )
    assert one == again != other


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "blurred" / "predictions.csv"
    path.parent.mkdir()
    path.write_text(
        "image_id,lesion_id,probability,entropy,energy,unfamiliar\n"
        "a,L1,0.9,0.1,-4,false\nb,L1,0.6,0.5,-3,true\nc,,0.5,0.4,-2,true\nd,L2,0.4,0.9,-1,\n"
    )
    return path


def test_a_table_is_read_with_the_unusual_end_of_every_measure_up(table):
    found = read_measures(table)
    assert (found.name, found.groups, found.flagged) == ("blurred", ("L1", "L1", "c", "L2"), 2 / 3)
    assert {name: values.tolist() for name, values in found.values.items()} == {
        "probability": [-0.9, -0.6, -0.5, -0.4],
        "entropy": [0.1, 0.5, 0.4, 0.9],
        "energy": [-4, -3, -2, -1],
    }
    assert found.values.keys() < MEASURES.keys()
    assert read_measures(table, name="x", groups={"c": "L9"}).groups == ("L1", "L1", "L9", "L2")


def test_results_are_a_table_and_json(table):
    found = compare_familiarity(measures("f", range(-10, 10), flagged=0.05), read_measures(table), resamples=20)
    lines = familiarity_table([found])
    assert lines[2].startswith("| blurred | 4 | 66.7% | energy | 0.")
    assert lines[-1].startswith("Against 20 pictures of f, 5.0% of them marked unfamiliar. In brackets 95 % intervals")
    answer = json.loads(json.dumps(found.as_json()))
    assert answer["measures"]["energy"]["auroc"]["value"] == found.auroc["energy"].value
    assert answer["pictures"] == [20, 4] and answer["flagged"] == [0.05, 2 / 3]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("image_id,energy\na,much\n", "t.csv row 2: column energy is 'much'; expected a number"),
        ("image_id,energy\na,1\nb,\n", "t.csv row 3: column energy is ''; expected a number"),
        ("image_id,mel\na,1\n", "t.csv: table holds no measure of a picture; expected image_id and one of probability"),
        ("image_id,energy\n", "holds no measure"),
    ],
)
def test_a_table_that_says_nothing_is_named(tmp_path, text, problem):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InvalidInputError, match=problem):
        read_measures(tmp_path / "t.csv")


def test_tables_without_a_common_measure_are_refused(table):
    other = Measures("f", ("a",), {"view_spread": np.zeros(1)}, None)
    with pytest.raises(UsageError, match="f: measures are none of blurred; expected a column that both tables have"):
        compare_familiarity(other, read_measures(table))
    with pytest.raises(UsageError, match="resamples is 0 and seed 0; expected 1 or more, and 0 or more"):
        compare_familiarity(other, other, resamples=0)
