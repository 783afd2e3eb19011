# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""DenseNet201 up to the layer the soft-attention paper cuts it at."""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn as nn
from monai.networks.nets import DenseNet

__all__ = ["DenseNet201Trunk"]

_LAST_LAYER = 29


class DenseNet201Trunk(nn.Module):
    """MONAI's DenseNet201 up to the second ReLU of layer 29 of its last block: the narrow map of that layer.

    Huang et al., "Densely Connected Convolutional Networks", 2017, https://arxiv.org/abs/1608.06993; the cut is that
    of Datta et al., 2021, https://arxiv.org/abs/2105.03358. Names are MONAI's, so its weights fit.

    Shapes:
        image: ``(B, in_channels, H, W)``.
        returns: ``(B, 128, H / 32, W / 32)``, after ReLU.

    Args:
        in_channels: channels of the image.
    """

    channels = 128

    def __init__(self, *, in_channels: int = 3) -> None:
        super().__init__()
        self.features = DenseNet(
            spatial_dims=2,
            in_channels=in_channels,
            out_channels=2,
            init_features=64,
            growth_rate=32,
            block_config=(6, 12, 48, _LAST_LAYER),
            norm=("batch", {"eps": 1.001e-5, "momentum": 0.01}),  # as in Keras
        ).features
        del self.features.norm5
        block = self.features.denseblock4
        name = f"denselayer{_LAST_LAYER}"
        whole: nn.Sequential = getattr(block, name).layers
        # without the concatenation that ends a layer
        setattr(
            block, name, nn.Sequential(OrderedDict(layers=whole[: list(dict(whole.named_children())).index("conv2")]))
        )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.features(image)
