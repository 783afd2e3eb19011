# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A vector scales and shifts the channels of a map."""

from __future__ import annotations

import torch

from monai_skin.networks.blocks import FiLM

FEATURES = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
VECTOR = torch.randn(2, 6, generator=torch.Generator().manual_seed(1))


def test_at_first_the_map_passes_unchanged_to_the_last_bit():
    assert torch.equal(FiLM(channels=3, conditioning=6)(FEATURES, VECTOR), FEATURES)


def test_it_is_scale_and_shift_of_each_channel():
    layer = FiLM(channels=3, conditioning=6)
    torch.nn.init.normal_(layer.project.weight)
    out = layer(FEATURES, VECTOR)
    numbers = VECTOR @ layer.project.weight.T  # the bias is still zero
    for item in range(2):
        for channel in range(3):
            expected = (1 + numbers[item, channel]) * FEATURES[item, channel] + numbers[item, 3 + channel]
            torch.testing.assert_close(out[item, channel], expected)


def test_the_zero_it_begins_with_can_be_learnt_from():
    layer = FiLM(channels=3, conditioning=6)
    layer(FEATURES, VECTOR).square().sum().backward()
    assert (layer.project.weight.grad != 0).all()
