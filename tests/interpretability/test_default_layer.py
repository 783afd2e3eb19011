# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The layer with the last map of each classifier."""

from __future__ import annotations

import pytest
import torch.nn as nn

from monai_skin.errors import UsageError
from monai_skin.interpretability import default_layer, grad_cam
from monai_skin.networks import DenseNetEncoder, SoftAttentionNet
from tests.interpretability.small_classifiers import TINY, drawn, dual_encoder, image_metadata, patients


@pytest.mark.parametrize("stream", ["image", "segmented"])
def test_the_dual_encoder_has_a_layer_for_each_stream(stream):
    heat = grad_cam(dual_encoder(), patients(), default_layer(dual_encoder(), stream))
    assert heat.shape == (2, 2, 3)
    assert default_layer(dual_encoder()) == default_layer(dual_encoder(), "image") == "encoder"


@pytest.mark.parametrize("stream", ["image", "segmented"])
def test_a_single_stream_is_the_only_one(stream):
    network = dual_encoder(streams=stream)
    assert grad_cam(network, patients(), default_layer(network, stream)).shape == (2, 2, 3)
    other = {"image": "segmented", "segmented": "image"}[stream]
    with pytest.raises(UsageError, match=f"DualEncoderNet: stream is '{other}'; expected '{stream}'"):
        default_layer(network, other)


@pytest.mark.parametrize("fusion", ["none", "late", "film", "cross_attention"])
def test_image_with_metadata_has_the_encoder_s_map(fusion):
    network = image_metadata(fusion)
    inputs = {name: value for name, value in patients().items() if name != "segmented"}
    assert grad_cam(network, inputs, default_layer(network)).shape == (2, 2, 3)


@pytest.mark.parametrize("attention", [True, False])
def test_soft_attention_has_the_last_map_that_is_learned(attention):
    encoder = DenseNetEncoder(**TINY)
    network = SoftAttentionNet(trunk=encoder, trunk_channels=encoder.channels, attention=attention, heads=2)
    # the attention block would halve the 4 x 4 map of the trunk
    assert grad_cam(network, {"image": drawn(2, 3, 128, 128)}, default_layer(network)).shape[1:] == (4, 4)
    network.tail = nn.Conv2d(1, 1, 1)  # as behind the blocks of ResNet34 and VGG16
    assert default_layer(network) == "tail"


def test_networks_without_a_known_map_are_refused():
    with pytest.raises(UsageError, match="stream is 'image'; expected a network that looks at a picture"):
        default_layer(image_metadata("metadata_only"))
    with pytest.raises(UsageError, match="Linear: network has no layer that is known; expected DualEncoderNet, "):
        default_layer(nn.Linear(1, 1))
