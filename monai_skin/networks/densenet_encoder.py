# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI's DenseNet as an encoder of one map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn as nn
from monai.networks.nets import DenseNet

__all__ = ["DenseNetEncoder"]


class DenseNetEncoder(nn.Module):
    """DenseNet without its classifier: the last map after batch norm and ReLU, at stride 32.

    Huang et al., "Densely Connected Convolutional Networks", CVPR 2017, https://arxiv.org/abs/1608.06993. Layers and
    names are MONAI's. The defaults are those of DenseNet201.

    Shapes:
        image: ``(B, in_channels, H, W)``.
        returns: ``(B, channels, H / 32, W / 32)``, 1,920 channels for DenseNet201.

    Args:
        in_channels: channels of the image.
        init_features: channels after the first convolution.
        growth_rate: channels every layer adds.
        block_config: layers of each dense block; four blocks give stride 32.
        dropout: probability after each layer.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        init_features: int = 64,
        growth_rate: int = 32,
        block_config: Sequence[int] = (6, 12, 48, 32),
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        whole: Any = DenseNet(
            spatial_dims=2,
            in_channels=in_channels,
            out_channels=2,
            init_features=init_features,
            growth_rate=growth_rate,
            block_config=block_config,
            dropout_prob=dropout,
        )
        self.features = whole.features
        self.channels = int(whole.class_layers.out.in_features)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.features(image))
