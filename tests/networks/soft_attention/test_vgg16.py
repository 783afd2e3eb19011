# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The layers of the paper's VGG16."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.soft_attention import VGG16Tail, VGG16Trunk


def test_the_groups_have_the_published_widths_and_end_in_a_1x1_convolution():
    with torch.device("meta"):
        layers = nn.Sequential(VGG16Trunk(), VGG16Tail(1024))
    convs = [(conv.out_channels, conv.kernel_size[0]) for conv in layers.modules() if isinstance(conv, nn.Conv2d)]
    groups = [[(64, 3), (64, 1)], [(128, 3), (128, 1)], [(256, 3), (256, 3), (256, 1)]]
    groups += [[(512, 3), (512, 3), (512, 1)]] * 2
    assert convs == [conv for group in groups for conv in group]


def test_maps_have_the_published_sizes():
    with torch.device("meta"):
        assert VGG16Trunk()(torch.empty(1, 3, 224, 224)).shape == (1, VGG16Trunk.channels, 28, 28)
        for channels in (512, 1024):
            assert VGG16Tail(channels)(torch.empty(1, channels, 14, 14)).shape == (1, VGG16Tail.channels, 4, 4)
