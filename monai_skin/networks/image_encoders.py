# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI's EfficientNet and ResNet as encoders of one map."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn as nn
from monai.networks.nets import EfficientNetBN, ResNet

from monai_skin.networks.efficientnet_encoder import with_fast_depthwise

__all__ = ["EfficientNetMapEncoder", "ResNetMapEncoder"]


class EfficientNetMapEncoder(EfficientNetBN):
    """EfficientNet up to the map in front of its pooling, at stride 32.

    Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019,
    https://arxiv.org/abs/1905.11946. Layers and names are MONAI's, so its published ImageNet weights fit.

    Shapes:
        image: ``(B, in_channels, H, W)``, ImageNet-normalised.
        returns: ``(B, channels, H / 32, W / 32)``, 1,792 channels for ``efficientnet-b4``.

    Args:
        model_name: ``efficientnet-b0`` to ``efficientnet-b7``.
        in_channels: channels of the image.
    """

    def __init__(self, *, model_name: str = "efficientnet-b4", in_channels: int = 3) -> None:
        super().__init__(model_name, pretrained=False, in_channels=in_channels)
        for unused in ("_avg_pooling", "_dropout", "_fc"):
            setattr(self, unused, nn.Identity())
        with_fast_depthwise(self._blocks)
        self.channels = int(self._bn1.num_features)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        features = self._swish(self._bn0(self._conv_stem(self._conv_stem_padding(inputs))))
        features = self._blocks(features)
        return self._swish(self._bn1(self._conv_head(self._conv_head_padding(features))))


class ResNetMapEncoder(ResNet):
    """ResNet up to the map in front of its pooling, at stride 32; ResNet-50 by default.

    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, https://arxiv.org/abs/1512.03385. The stride
    of a block is in its 3x3 convolution, as in the published weights; layers and names are MONAI's.

    Shapes:
        image: ``(B, in_channels, H, W)``, ImageNet-normalised.
        returns: ``(B, channels, H / 32, W / 32)``, 2,048 channels for ResNet-50.

    Args:
        in_channels: channels of the image.
        layers: bottleneck blocks of each of four stages.
        widths: narrow channels of each stage; a map has four times as many.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        layers: Sequence[int] = (3, 4, 6, 3),
        widths: Sequence[int] = (64, 128, 256, 512),
    ) -> None:
        super().__init__(
            "bottleneck",
            list(layers),
            list(widths),
            spatial_dims=2,
            n_input_channels=in_channels,
            conv1_t_stride=2,
            feed_forward=False,
            bias_downsample=False,
        )
        self.channels = 4 * widths[-1]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = self.maxpool(self.act(self.bn1(self.conv1(x))))
        return self.layer4(self.layer3(self.layer2(self.layer1(features))))
