# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""DenseNet as an encoder."""

from __future__ import annotations

import torch
from monai.networks.nets import DenseNet

from monai_skin.networks import DenseNetEncoder

SMALL = {"init_features": 8, "growth_rate": 4, "block_config": (1, 2, 1, 1)}


def test_densenet201_has_the_published_number_of_parameters_and_channels():
    # Huang et al. 2017: 20.0 million with the classifier of 1,920 x 1,000 weights and 1,000 biases
    with torch.device("meta"):
        encoder = DenseNetEncoder()
    assert sum(p.numel() for p in encoder.parameters()) == 18_092_928
    assert encoder.channels == 1920


def test_a_map_is_a_thirty_second_of_the_image_and_never_negative():
    encoder = DenseNetEncoder(**SMALL).eval()
    features = encoder(torch.randn(2, 3, 64, 96))
    assert features.shape == (2, encoder.channels, 2, 3)
    assert features.min() >= 0


def test_it_is_monais_densenet_up_to_the_pooling():
    torch.manual_seed(0)
    encoder = DenseNetEncoder(**SMALL).eval()
    whole = DenseNet(spatial_dims=2, in_channels=3, out_channels=5, **SMALL).eval()
    whole.features.load_state_dict(encoder.features.state_dict())
    image = torch.randn(1, 3, 64, 64)
    pooled = encoder(image).mean(dim=(2, 3))
    torch.testing.assert_close(whole.class_layers.out(pooled), whole(image))
