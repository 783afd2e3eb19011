# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Keras' padding and moving averages, against the definition and against PyTorch's own layers."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.networks.soft_attention.layers import ConvReLUNorm, SamePad2d, batch_norm, he_normal, same_max_pool

sides = st.integers(1, 20)
windows = st.sampled_from([(1, 1), (2, 2), (3, 1), (3, 2), (4, 4), (7, 2)])


@settings(deadline=None)
@given(sides, sides, windows)
def test_padding_makes_room_for_the_rounded_up_number_of_windows_and_no_more(rows, columns, window):
    kernel_size, stride = window
    padded = SamePad2d(kernel_size, stride)(torch.ones(1, 1, rows, columns))
    for size, found in ((rows, padded.shape[2]), (columns, padded.shape[3])):
        assert found == max((math.ceil(size / stride) - 1) * stride + kernel_size, size)
    assert float(padded.sum()) == rows * columns


def test_the_odd_row_and_column_go_to_the_bottom_and_the_right():
    image = torch.randn(1, 3, 8, 8)
    assert torch.equal(SamePad2d(3, 2)(image), F.pad(image, (0, 1, 0, 1)))
    assert torch.equal(SamePad2d(4, 4)(torch.ones(1, 1, 14, 14)), F.pad(torch.ones(1, 1, 14, 14), (1, 1, 1, 1)))


@settings(deadline=None)
@given(st.integers(1, 10), st.integers(0, 2**31))
def test_on_even_sizes_the_maximum_is_that_of_pytorchs_rounded_up_pooling(half, seed):
    features = torch.randn(1, 2, 2 * half, 2 * half, generator=torch.Generator().manual_seed(seed)) - 5
    assert torch.equal(same_max_pool(3, 2)(features), F.max_pool2d(features, 3, 2, ceil_mode=True))


def test_of_14_rows_the_4_by_4_maximum_is_pytorchs_with_a_padding_of_1():
    features = torch.randn(1, 2, 14, 14) - 5
    assert torch.equal(same_max_pool(4, 4)(features), F.max_pool2d(features, 4, 4, padding=1))


def test_moving_averages_keep_99_percent_of_their_value():
    norm = batch_norm(2, eps=0.5)
    norm(torch.full((4, 2, 3, 3), 10.0))
    torch.testing.assert_close(norm.running_mean, torch.full((2,), 0.1))  # 0.99 * 0 + 0.01 * 10
    assert norm.eps == 0.5 and batch_norm(2).eps == 1e-3


def test_weights_start_with_variance_2_over_the_fan_in_and_without_bias():
    torch.manual_seed(0)
    conv = he_normal(nn.Conv2d(64, 64, 3))
    assert float(conv.weight.detach().var()) == pytest.approx(2 / (9 * 64), rel=0.03)
    assert not conv.bias.any()


def test_a_layer_is_convolution_then_relu_then_norm():
    torch.manual_seed(0)
    layer = ConvReLUNorm(3, 4, stride=2)
    image = torch.randn(2, 3, 7, 8)
    conv = next(part for part in layer if isinstance(part, nn.Conv2d))
    padded = F.pad(image, (0, 1, 1, 1))  # of 7 rows two are missing, of 8 columns one
    expected = F.batch_norm(F.conv2d(padded, conv.weight, conv.bias, 2).relu(), None, None, training=True, eps=1e-3)
    torch.testing.assert_close(layer(image), expected)
