# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Numbers as a page states them."""

from __future__ import annotations

import math

from monai_skin.evaluation.bootstrap import Estimate

__all__ = ["interval_text", "number_text", "with_interval"]

_NONE = "–"


def number_text(value: float) -> str:
    """Three decimals, or a dash where it is not defined."""
    return _NONE if math.isnan(value) else f"{value:.3f}"


def interval_text(low: float, high: float) -> str:
    """Both ends, or that there is no interval."""
    return "not computable" if math.isnan(low) else f"{low:.3f} to {high:.3f}"


def with_interval(found: Estimate) -> str:
    """The value with its interval in brackets, or a dash where it is not defined."""
    if math.isnan(found.value):
        return _NONE
    return f"{found.value:.3f} ({interval_text(found.low, found.high)})"
