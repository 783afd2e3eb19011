# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The cut DenseNet201 against the whole one."""

from __future__ import annotations

import torch
from monai.networks.nets import DenseNet201

from monai_skin.networks.soft_attention import DenseNet201Trunk
from tests.networks.soft_attention.counts import keras_parameters


def test_the_trunk_has_the_published_size():
    with torch.device("meta"):
        assert keras_parameters(DenseNet201Trunk()) == 17_430_336


def test_with_monais_weights_it_gives_what_the_whole_network_has_at_that_layer():
    torch.manual_seed(0)
    whole = DenseNet201(spatial_dims=2, in_channels=3, out_channels=2).eval()
    with torch.device("meta"):
        trunk = DenseNet201Trunk().eval()
    state = whole.state_dict()
    trunk.load_state_dict({name: state[name] for name in trunk.state_dict()}, assign=True)
    seen = []
    whole.features.denseblock4.denselayer29.layers.relu2.register_forward_hook(lambda *args: seen.append(args[2]))
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        whole(image)
        assert seen[0].shape == (1, DenseNet201Trunk.channels, 2, 2)
        # the epsilon of Keras' batch norms is 1e-8 larger than PyTorch's
        torch.testing.assert_close(trunk(image), seen[0], rtol=1e-4, atol=1e-4)
