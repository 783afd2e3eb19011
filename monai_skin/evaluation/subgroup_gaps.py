# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How far apart groups of people are in what a model does for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from monai_skin.evaluation.bootstrap import Estimate, Resampled

__all__ = ["GAP_KINDS", "Gap", "find_gaps"]

Floats = npt.NDArray[np.float64]

GAP_KINDS = (
    "equal_opportunity",
    "false_positive_rate",
    "equalised_odds",
    "selection_rate_difference",
    "selection_rate_ratio",
)

_RATES = {
    "equal_opportunity": "true_positive_rate",
    "false_positive_rate": "false_positive_rate",
    "selection_rate_difference": "selection_rate",
}


@dataclass(frozen=True)
class Gap:
    """The distance between the two groups of an attribute that are farthest apart.

    Args:
        attribute: that makes the groups.
        kind: one of :data:`GAP_KINDS`.
        estimate: highest minus lowest, or lowest over highest for the ratio; NaN where fewer than two groups count.
        highest: group with the highest rate; empty where fewer than two groups count.
        lowest: group with the lowest one.
        left_out: groups that have too few images to count.
    """

    attribute: str
    kind: str
    estimate: Estimate
    highest: str
    lowest: str
    left_out: tuple[str, ...]


def find_gaps(attribute: str, groups: Mapping[str, Resampled], left_out: tuple[str, ...]) -> tuple[Gap, ...]:
    """All :data:`GAP_KINDS` between the groups of an attribute, from the same resamples.

    Hardt et al., "Equality of Opportunity in Supervised Learning", NeurIPS 2016, https://arxiv.org/abs/1610.02413.
    Equal opportunity asks for equal true positive rates; equalised odds for equal false positive rates as well, and is
    the larger of the two gaps. Selection rates ought to be equal only where the groups are equally often ill.

    The highest and the lowest group are those of all images, and stay the same in every resample. So an interval can
    reach below 0 (above 1 for the ratio), and then no gap is shown. The maximum minus the minimum of each resample
    could not: its interval would leave out 0 even where there is no gap.

    Args:
        attribute: that makes the groups.
        groups: group to its scores; those that are left out are not among them.
        left_out: for :attr:`Gap.left_out`.
    """
    if len(groups) < 2:
        nothing = Estimate(math.nan, math.nan, math.nan)
        return tuple(Gap(attribute, kind, nothing, "", "", left_out) for kind in GAP_KINDS)
    found: dict[str, Gap] = {}
    for kind, rate in _RATES.items():
        highest = max(groups, key=lambda name: groups[name].values[rate])
        # from the end, so that equal groups are still two
        lowest = min(reversed(list(groups)), key=lambda name: groups[name].values[rate])
        estimate = _between(groups[highest], groups[lowest], rate, np.subtract)
        found[kind] = Gap(attribute, kind, estimate, highest, lowest, left_out)
    rates = (found["equal_opportunity"], found["false_positive_rate"])
    found["equalised_odds"] = replace(max(rates, key=lambda gap: gap.estimate.value), kind="equalised_odds")
    apart = found["selection_rate_difference"]
    ratio = _between(groups[apart.highest], groups[apart.lowest], "selection_rate", _lowest_over_highest)
    found["selection_rate_ratio"] = replace(apart, kind="selection_rate_ratio", estimate=ratio)
    return tuple(found[kind] for kind in GAP_KINDS)


def _between(
    highest: Resampled, lowest: Resampled, rate: str, distance: Callable[[Floats, Floats], Floats]
) -> Estimate:
    value = distance(np.array([highest.values[rate]]), np.array([lowest.values[rate]]))
    samples = distance(highest.samples[rate], lowest.samples[rate])
    lesions = min(highest.lesions, lowest.lesions)  # no interval where either group has none
    return Resampled({rate: float(value[0])}, {rate: samples}, lesions).estimate(rate)


def _lowest_over_highest(highest: Floats, lowest: Floats) -> Floats:
    """NaN where the divisor is 0."""
    out = np.full(len(highest), np.nan)
    np.divide(lowest, highest, out=out, where=highest != 0)
    return out
