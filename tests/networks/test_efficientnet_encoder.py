# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The encoder is MONAI's EfficientNet, less its head."""

from __future__ import annotations

import pytest
import torch
from monai.networks.nets import EfficientNetBNFeatures

from monai_skin.networks import EfficientNetEncoder2d
from monai_skin.networks.blocks import DepthwiseConv2d


def test_b3_has_the_channels_and_strides_of_the_specification():
    encoder = EfficientNetEncoder2d()
    assert encoder.channels == (24, 32, 48, 136, 384)
    with torch.no_grad():
        maps = encoder.eval()(torch.zeros(1, 3, 64, 128))
    assert [tuple(m.shape[2:]) for m in maps] == [(32, 64), (16, 32), (8, 16), (4, 8), (2, 4)]


def test_maps_equal_those_of_monais_own_class_with_the_same_weights():
    theirs = EfficientNetBNFeatures("efficientnet-b0", pretrained=False).eval()
    ours = EfficientNetEncoder2d(model_name="efficientnet-b0").eval()
    ours.load_state_dict({name: value for name, value in theirs.state_dict().items() if name in ours.state_dict()})
    image = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        for a, b in zip(ours(image), theirs(image), strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_every_depthwise_layer_is_the_one_with_the_fast_gradient():
    convs = [m for m in EfficientNetEncoder2d(model_name="efficientnet-b0").modules() if isinstance(m, torch.nn.Conv2d)]
    assert all(isinstance(conv, DepthwiseConv2d) for conv in convs if conv.groups > 1)


def test_an_unknown_encoder_is_refused():
    with pytest.raises(ValueError, match="invalid model_name"):
        EfficientNetEncoder2d(model_name="efficientnet-x")
