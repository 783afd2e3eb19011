# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How long to wait before trying again."""

from __future__ import annotations

import random

__all__ = ["waiting_time"]


def waiting_time(attempts: int, first: float, most: float, *, spread: float | None = None) -> float:
    """Seconds to wait after that many failed attempts: twice as long each time, up to a limit, and never in step.

    Without a random part, all that failed together would come back together.

    Args:
        attempts: failed so far, 1 or more.
        first: seconds after the first failure.
        most: seconds at most, before the random part.
        spread: in [0, 1], random by default.

    Returns:
        Half to one and a half times the doubled seconds.

    >>> waiting_time(3, 2.0, 60.0, spread=0.5)
    8.0
    """
    part = random.random() if spread is None else spread
    return float(min(most, first * 2.0 ** min(attempts - 1, 60)) * (0.5 + part))
