# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How large a lesion is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.draw import disk

from monai_skin.dicom import lesion_extent


def test_a_rectangle_has_its_diagonal():
    mask = np.zeros((20, 30), bool)
    mask[5:8, 10:14] = True  # 3 x 4 pixels, so a diagonal of 5
    assert lesion_extent(mask) == (12.0, 5.0, False)
    assert lesion_extent(mask, (2.0, 1.0)) == (24.0, math.hypot(6, 4), True)


def test_a_disc_has_its_area_and_diameter():
    mask = np.zeros((201, 201), bool)
    mask[disk((100, 100), 80)] = True
    area, diameter, _ = lesion_extent(mask, (0.1, 0.1))
    assert area == pytest.approx(math.pi * 8**2, rel=0.01) and diameter == pytest.approx(16, rel=0.02)


def test_nothing_has_no_extent():
    assert lesion_extent(np.zeros((3, 3), bool), (1, 1)) == (0.0, 0.0, True)


@settings(deadline=None, max_examples=25)
@given(hnp.arrays(bool, (6, 7), elements=st.booleans()))
def test_the_diameter_is_that_of_all_corners(mask):
    corners = [(r + down, c + right) for r, c in np.argwhere(mask) for down in (0, 1) for right in (0, 1)]
    longest = max((math.dist(a, b) for a in corners for b in corners), default=0.0)
    assert lesion_extent(mask).diameter == pytest.approx(longest)
