# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""ResNet50 against MONAI's, brought to the layout of Keras."""

from __future__ import annotations

import torch
import torch.nn as nn
from monai.networks.nets import ResNet

from monai_skin.networks.soft_attention import ResNet50Trunk
from tests.networks.soft_attention.counts import keras_parameters


def test_the_trunk_has_the_published_size():
    with torch.device("meta"):
        trunk = ResNet50Trunk()
        assert keras_parameters(trunk) == 23_587_712
        assert trunk(torch.empty(1, 3, 224, 224)).shape == (1, ResNet50Trunk.channels, 7, 7)


def test_with_biases_of_zero_it_is_monais_resnet50_with_the_stride_on_the_first_convolution():
    torch.manual_seed(0)
    whole = ResNet(
        "bottleneck", [3, 4, 6, 3], [64, 128, 256, 512], spatial_dims=2, n_input_channels=3, conv1_t_stride=2,
        feed_forward=False, bias_downsample=False,
    ).eval()  # fmt: skip
    for stage in (whole.layer2, whole.layer3, whole.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    kinds = (nn.Conv2d, nn.BatchNorm2d)
    theirs = [layer for layer in whole.modules() if isinstance(layer, kinds)]
    with torch.device("meta"):
        trunk = ResNet50Trunk().eval()
    ours = [layer for layer in trunk.modules() if isinstance(layer, kinds)]
    for layer, other in zip(ours, theirs, strict=True):
        state = dict(other.state_dict())
        if isinstance(layer, nn.Conv2d):
            state["bias"] = torch.zeros(layer.out_channels)
        else:
            other.eps = layer.eps
            state["running_var"].fill_(4)  # so that the sum of 16 blocks stays small
        layer.load_state_dict(state, assign=True)
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        torch.testing.assert_close(trunk(image).mean(dim=(2, 3)), whole(image), rtol=1e-4, atol=1e-4)
