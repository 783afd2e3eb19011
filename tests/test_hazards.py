# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Every promise about failure is kept by a test of its name."""

from __future__ import annotations

import pytest

from tests.hazards import ROWS, places_by_row, rows_of


@pytest.mark.parametrize("row", sorted(ROWS))
def test_the_row_has_a_test(row):
    assert places_by_row().get(row), f"{row}: {ROWS[row]} - no test is named test_{row.lower()}_..."


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("test_a1_cut_off", ["A1"]),
        ("test_b3_b4_ages", ["B3", "B4"]),
        ("test_a12_both_sizes", ["A12"]),
        ("test_ages_b3", []),
    ],
)
def test_rows_are_read_from_the_start_of_a_name(name, rows):
    assert rows_of(name) == rows
