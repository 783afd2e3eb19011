# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A separable convolution has the few parameters it is named for."""

from __future__ import annotations

import torch

from monai_skin.networks.blocks import SeparableConv


def test_parameters_are_those_of_the_formula():
    # 3x3 depthwise, its norm, 1x1 pointwise, its norm
    assert sum(p.numel() for p in SeparableConv(32, 16).parameters()) == 9 * 32 + 2 * 32 + 32 * 16 + 2 * 16


def test_size_is_kept_and_the_output_is_not_negative():
    output = SeparableConv(3, 5)(torch.randn(2, 3, 7, 9))
    assert output.shape == (2, 5, 7, 9)
    assert bool((output >= 0).all())
