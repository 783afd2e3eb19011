# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Holm's correction against statsmodels'."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from monai_skin.evaluation import holm


@pytest.mark.parametrize("values", [[0.01, 0.04, 0.03, 0.02], [0.02, 0.02, 0.9, 0.0], [0.5]])
def test_the_correction_equals_statsmodels(values):
    np.testing.assert_allclose(holm(values), multipletests(values, method="holm")[1], atol=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_a_correction_never_lowers_a_p_value_nor_changes_their_order(values):
    corrected = holm(values)
    assert (corrected >= values).all() and corrected.max() <= 1
    assert (np.diff(corrected[np.argsort(values)]) >= 0).all()


def test_a_test_that_could_not_be_made_does_not_count():
    found = holm([0.01, math.nan, 0.03])
    assert found[0] == 0.02 and math.isnan(found[1]) and found[2] == 0.03
