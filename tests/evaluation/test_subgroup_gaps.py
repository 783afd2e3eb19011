# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Gaps worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from monai_skin.evaluation import GAP_KINDS, Estimate, Gap, Resampled, find_gaps

RATES = ("true_positive_rate", "false_positive_rate", "selection_rate")


def rates(*values, samples=None, lesions=5):
    many = samples or [[value] * 4 for value in values]
    return Resampled(
        dict(zip(RATES, values, strict=True)),
        {rate: np.array(each, dtype=float) for rate, each in zip(RATES, many, strict=True)},
        lesions,
    )


def test_a_gap_is_between_the_highest_and_the_lowest_group():
    groups = {"a": rates(0.9, 0.2, 0.3), "b": rates(0.7, 0.3, 0.6), "c": rates(0.8, 0.1, 0.4)}
    found = {gap.kind: gap for gap in find_gaps("sex", groups, ("d",))}
    # 0.9 - 0.7, 0.3 - 0.1, the larger of both, 0.6 - 0.3 and 0.3 / 0.6
    assert tuple(found) == GAP_KINDS
    assert [found[kind].estimate.value for kind in GAP_KINDS] == pytest.approx([0.2, 0.2, 0.2, 0.3, 0.5])
    between = {kind: (gap.highest, gap.lowest) for kind, gap in found.items()}
    assert between["equal_opportunity"] == ("a", "b") and between["false_positive_rate"] == ("b", "c")
    assert between["selection_rate_ratio"] == between["selection_rate_difference"] == ("b", "a")
    assert {gap.left_out for gap in found.values()} == {("d",)}


def test_equalised_odds_is_the_larger_of_the_two_gaps():
    for first, kind in ((rates(0.9, 0.2, 0.5), "equal_opportunity"), (rates(0.6, 0.4, 0.5), "false_positive_rate")):
        found = {gap.kind: gap for gap in find_gaps("sex", {"a": first, "b": rates(0.5, 0.1, 0.5)}, ())}
        assert found["equalised_odds"].estimate == found[kind].estimate


def test_the_two_groups_stay_the_same_in_every_resample():
    # b is above a in the third resample, so the differences are 0.2, 0.1, -0.3 and 0, and the ratios 0.5, 0.75, 4, 1
    first = rates(0.4, 0.4, 0.4, samples=[[0.4, 0.4, 0.1, 0.4]] * 3)
    second = rates(0.2, 0.2, 0.2, samples=[[0.2, 0.3, 0.4, 0.4]] * 3)
    found = {gap.kind: gap.estimate for gap in find_gaps("sex", {"a": first, "b": second}, ())}
    ends = np.quantile([0.2, 0.1, -0.3, 0], [0.025, 0.975])
    assert (found["equal_opportunity"].low, found["equal_opportunity"].high) == pytest.approx(tuple(ends))
    ends = np.quantile([0.5, 0.75, 4, 1], [0.025, 0.975])
    assert (found["selection_rate_ratio"].low, found["selection_rate_ratio"].high) == pytest.approx(tuple(ends))


def test_a_ratio_to_nothing_is_not_defined_and_counted():
    first = rates(0.4, 0.4, 0.4, samples=[[0.4, 0, 0, 0.4]] * 3)
    second = rates(0.2, 0.2, 0.2, samples=[[0.2, 0, 0.2, 0.2]] * 3)
    found = {gap.kind: gap.estimate for gap in find_gaps("sex", {"a": first, "b": second}, ())}
    assert found["selection_rate_ratio"] == (0.5, 0.5, 0.5, 2)
    nobody = {gap.kind: gap.estimate for gap in find_gaps("sex", {"a": rates(0, 0, 0), "b": rates(0, 0, 0)}, ())}
    assert math.isnan(nobody["selection_rate_ratio"].value) and nobody["selection_rate_difference"].value == 0


def test_equal_groups_are_compared_with_each_other_and_not_with_themselves():
    gap = find_gaps("sex", {"a": rates(0.5, 0.5, 0.5), "b": rates(0.5, 0.5, 0.5)}, ())[0]
    assert gap == Gap("sex", "equal_opportunity", Estimate(0, 0, 0), highest="a", lowest="b", left_out=())


def test_a_group_of_one_lesion_gives_a_gap_no_interval():
    for gap in find_gaps("sex", {"a": rates(0.9, 0.2, 0.3), "b": rates(0.7, 0.3, 0.6, lesions=1)}, ()):
        assert math.isfinite(gap.estimate.value) and math.isnan(gap.estimate.low)


def test_one_group_alone_has_no_gap_and_those_left_out_are_still_named():
    found = find_gaps("sex", {"a": rates(0.9, 0.2, 0.3)}, ("b", "c"))
    assert [gap.kind for gap in found] == list(GAP_KINDS)
    for gap in found:
        assert math.isnan(gap.estimate.value) and (gap.highest, gap.lowest) == ("", "") and gap.left_out == ("b", "c")
