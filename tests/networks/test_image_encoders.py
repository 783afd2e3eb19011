# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI's networks up to the map in front of their pooling."""

from __future__ import annotations

import pytest
import torch
from monai.networks.nets import EfficientNetBN, ResNet

from monai_skin.networks import EfficientNetMapEncoder, ResNetMapEncoder
from monai_skin.networks.blocks import DepthwiseConv2d

IMAGE = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))


def test_efficientnet_b4_has_the_published_number_of_parameters_and_channels():
    with torch.device("meta"):
        encoder = EfficientNetMapEncoder()
    # 19,341,616 (the paper: 19 million) less the classifier of 1,792 x 1,000 weights and 1,000 biases
    assert sum(p.numel() for p in encoder.parameters()) == 19_341_616 - 1_793_000
    assert encoder.channels == 1792


def test_resnet_50_has_the_published_number_of_parameters_and_channels():
    with torch.device("meta"):
        encoder = ResNetMapEncoder()
    # 25,557,032 (the paper: 25.6 million) less the classifier of 2,048 x 1,000 weights and 1,000 biases
    assert sum(p.numel() for p in encoder.parameters()) == 25_557_032 - 2_049_000
    assert encoder.channels == 2048


def test_the_efficientnet_map_is_what_monais_own_class_classifies():
    theirs = EfficientNetBN("efficientnet-b0", pretrained=False).eval()
    ours = EfficientNetMapEncoder(model_name="efficientnet-b0").eval()
    ours.load_state_dict({name: value for name, value in theirs.state_dict().items() if name in ours.state_dict()})
    with torch.no_grad():
        features = ours(IMAGE)
        assert features.shape == (2, ours.channels, 2, 3) == (2, 1280, 2, 3)
        torch.testing.assert_close(theirs._fc(features.mean(dim=(2, 3))), theirs(IMAGE), atol=1e-5, rtol=1e-4)


def test_the_resnet_map_is_what_monais_own_class_classifies():
    sizes = {"layers": [1, 1, 1, 1], "widths": [4, 4, 8, 8]}
    theirs = ResNet(
        "bottleneck",
        sizes["layers"],
        sizes["widths"],
        spatial_dims=2,
        n_input_channels=3,
        conv1_t_stride=2,
        bias_downsample=False,
    ).eval()
    ours = ResNetMapEncoder(**sizes).eval()
    ours.load_state_dict({name: value for name, value in theirs.state_dict().items() if name in ours.state_dict()})
    with torch.no_grad():
        features = ours(IMAGE)
        assert features.shape == (2, ours.channels, 2, 3) == (2, 32, 2, 3)
        torch.testing.assert_close(theirs.fc(features.mean(dim=(2, 3))), theirs(IMAGE))


def test_every_depthwise_layer_is_the_one_with_the_fast_gradient():
    convs = [
        m for m in EfficientNetMapEncoder(model_name="efficientnet-b0").modules() if isinstance(m, torch.nn.Conv2d)
    ]
    assert all(isinstance(conv, DepthwiseConv2d) for conv in convs if conv.groups > 1)


def test_an_unknown_size_is_refused():
    with pytest.raises(ValueError, match="invalid model_name"):
        EfficientNetMapEncoder(model_name="efficientnet-x")
