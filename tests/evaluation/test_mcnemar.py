# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""McNemar's test against statsmodels' and at its ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import contingency_tables as oracle

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation import mcnemar


def right(b, c, both=3):
    """Whether each of two was right, with ``b`` images only the first and ``c`` only the second."""
    first = np.array([True] * b + [False] * c + [True] * both)
    second = np.array([False] * b + [True] * c + [True] * both)
    return first, second


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 40), st.integers(0, 40))
def test_the_p_value_equals_statsmodels(b, c):
    found = mcnemar(*right(b, c))
    assert (found.only_first, found.only_second, found.exact) == (b, c, b + c < 25)
    if b + c:
        expected = oracle.mcnemar([[3, b], [c, 0]], exact=b + c < 25, correction=True).pvalue
        # where b = c the corrected difference is -1 and not 0 in both
        assert found.p == pytest.approx(float(expected))


def test_ten_against_none_is_two_in_a_thousand_and_four_more():
    assert mcnemar(*right(10, 0)).p == pytest.approx(2 / 2**10)


def test_even_counts_and_no_counts_show_nothing():
    assert mcnemar(*right(5, 5)).p == 1
    assert mcnemar(*right(0, 0)).p == 1


def test_exchanging_the_two_changes_nothing_but_the_sides():
    first, second = right(20, 9)
    assert mcnemar(first, second).p == mcnemar(second, first).p


def test_other_numbers_of_images_are_refused():
    with pytest.raises(InvalidInputError, match=r"shapes are \(2,\) and \(3,\); expected the same images for both"):
        mcnemar([True, False], [True, False, True])
