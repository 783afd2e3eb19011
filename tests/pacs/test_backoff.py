# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.backoff``."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monai_skin.pacs.backoff import waiting_time


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 2000), st.floats(0, 100), st.floats(0, 1e5), st.floats(0, 1))
def test_waits_are_bounded_and_grow(attempts, first, most, spread):
    wait = waiting_time(attempts, first, most, spread=spread)
    assert 0 <= wait <= 1.5 * most
    assert wait <= waiting_time(attempts + 1, first, most, spread=spread)


def test_two_that_failed_together_do_not_come_back_together():
    assert len({waiting_time(1, 1.0, 10.0) for _ in range(20)}) > 1
