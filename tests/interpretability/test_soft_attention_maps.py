# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Soft-attention maps drawn at the size of a picture."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.interpretability import render_soft_attention


def attention(seed: int, heads: int = 16, size: tuple[int, int] = (7, 7)) -> torch.Tensor:
    scores = torch.randn(2, heads, size[0] * size[1], generator=torch.Generator().manual_seed(seed))
    return scores.softmax(dim=2).unflatten(2, size)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.tuples(st.integers(2, 9), st.integers(2, 9)))
def test_each_picture_has_the_asked_size_and_reaches_from_0_to_1(seed, grid):
    drawn = render_soft_attention(attention(seed, size=grid), (40, 56))
    assert drawn.shape == (2, 40, 56) and drawn.dtype == torch.float32
    torch.testing.assert_close(drawn.amin(dim=(1, 2)), torch.zeros(2))
    torch.testing.assert_close(drawn.amax(dim=(1, 2)), torch.ones(2))


@pytest.mark.parametrize("side", [8, 7, 1])
def test_a_map_that_is_the_same_everywhere_is_drawn_as_0(side):
    assert not render_soft_attention(torch.full((1, 16, side, side), 1 / side**2), (30, 30)).any()
    rounded = torch.full((1, 16, side, side), 1 / side**2) * (1 + 1e-8 * torch.randn(side, side))
    assert not render_soft_attention(rounded, (30, 30)).any()


def test_at_its_own_size_it_is_the_sum_of_the_heads_stretched():
    maps = attention(0)
    total = maps.sum(dim=1)
    low, high = total.amin(dim=(1, 2), keepdim=True), total.amax(dim=(1, 2), keepdim=True)
    torch.testing.assert_close(render_soft_attention(maps, (7, 7)), (total - low) / (high - low), atol=1e-5, rtol=1e-5)


def test_a_peak_is_brightest_where_it_stands_and_each_picture_is_stretched_by_itself():
    maps = torch.full((2, 16, 8, 8), 1e-3)
    maps[0, :, 2, 5], maps[1, 3, 6, 1] = 1.0, 0.002
    drawn = render_soft_attention(maps, (80, 80))
    for picture, (row, column) in zip(drawn, ((25, 55), (65, 15)), strict=True):
        peak = divmod(int(picture.argmax()), 80)
        assert abs(peak[0] - row) <= 1 and abs(peak[1] - column) <= 1


def test_the_enlargement_is_bicubic():
    maps = attention(1, heads=1)
    bicubic = F.interpolate(maps, size=(28, 28), mode="bicubic", align_corners=False)[:, 0]
    low, high = bicubic.amin(dim=(1, 2), keepdim=True), bicubic.amax(dim=(1, 2), keepdim=True)
    torch.testing.assert_close(render_soft_attention(maps, (28, 28)), (bicubic - low) / (high - low), atol=1e-4, rtol=0)


def test_maps_of_another_shape_or_not_finite_are_refused():
    with pytest.raises(InvalidInputError, match=r"attention: maps have shape \(16, 7, 7\); expected finite numbers"):
        render_soft_attention(torch.zeros(16, 7, 7), (8, 8))
    with pytest.raises(InvalidInputError, match="attention: maps are not finite"):
        render_soft_attention(torch.full((1, 16, 7, 7), float("nan")), (8, 8))
