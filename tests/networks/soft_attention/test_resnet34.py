# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The layers of the paper's ResNet34."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.soft_attention import ResNet34Tail, ResNet34Trunk


def test_there_are_16_units_and_every_one_but_the_first_three_has_a_convolution_on_its_skip():
    with torch.device("meta"):
        layers = [*ResNet34Trunk(), *ResNet34Tail(256)]
    skips = [isinstance(unit.skip, nn.Identity) for unit in layers if hasattr(unit, "skip")]
    assert skips == [True] * 3 + [False] * 13


def test_maps_have_the_published_sizes():
    with torch.device("meta"):
        assert ResNet34Trunk()(torch.empty(1, 3, 224, 224)).shape == (1, ResNet34Trunk.channels, 28, 28)
        for channels in (128, 256):
            assert ResNet34Tail(channels)(torch.empty(1, channels, 14, 14)).shape == (1, ResNet34Tail.channels, 7, 7)


def test_a_unit_whose_convolutions_give_nothing_is_the_relu_of_its_input():
    unit = next(part for part in ResNet34Trunk() if hasattr(part, "skip"))
    for norm in (part for part in unit.convs.modules() if isinstance(part, nn.BatchNorm2d)):
        nn.init.zeros_(norm.weight)
    features = torch.randn(2, 64, 4, 4)
    assert torch.equal(unit(features), features.relu())
