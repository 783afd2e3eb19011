# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs hold a mask exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from monai_skin.concepts import decode_rle, encode_rle
from monai_skin.errors import InvalidInputError
from tests.strategies import lesion_masks


@settings(deadline=None, max_examples=25)
@given(lesion_masks())
def test_a_mask_comes_back_as_it_was(mask):
    for each in (mask, ~mask):
        runs = encode_rle(each)
        np.testing.assert_array_equal(decode_rle(runs, each.shape), each)
        assert runs.dtype == np.int32 and runs[1::2].sum() == each.sum() and (runs[1:] > 0).all()


def test_runs_that_do_not_make_the_picture_are_refused():
    with pytest.raises(InvalidInputError, match="outline: runs have 5 pixels; expected 2 x 3, none negative"):
        decode_rle(np.array([2, 3], np.int32), (2, 3), source="outline")
    with pytest.raises(InvalidInputError, match="none negative"):
        decode_rle(np.array([-1, 7], np.int32), (2, 3))
