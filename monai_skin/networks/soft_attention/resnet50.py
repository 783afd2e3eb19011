# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""ResNet50 as Keras has it."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.soft_attention.layers import batch_norm, he_normal

__all__ = ["ResNet50Trunk"]

_EPS = 1.001e-5


class ResNet50Trunk(nn.Sequential):
    """ResNet50 without its pooling and classifier.

    He et al., "Deep Residual Learning for Image Recognition", 2016, https://arxiv.org/abs/1512.03385. MONAI's has the
    stride of a stage on its first 3x3 convolution and no biases; here, as in the paper and in Keras, the stride is on
    the first 1x1 convolution and every convolution has a bias.

    Shapes:
        image: ``(B, in_channels, H, W)``.
        returns: ``(B, 2048, H / 32, W / 32)``, after ReLU.

    Args:
        in_channels: channels of the image.
    """

    channels = 2048

    def __init__(self, *, in_channels: int = 3) -> None:
        super().__init__(
            nn.Conv2d(in_channels, 64, 7, stride=2, padding=3),
            batch_norm(64, _EPS),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
            *_stage(64, 64, blocks=3, stride=1),
            *_stage(256, 128, blocks=4, stride=2),
            *_stage(512, 256, blocks=6, stride=2),
            *_stage(1024, 512, blocks=3, stride=2),
        )
        for conv in self.modules():
            if isinstance(conv, nn.Conv2d):
                he_normal(conv)


class _Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolution, added to the skip, which has a convolution in the first block of a stage."""

    def __init__(self, in_channels: int, width: int, stride: int, *, first: bool) -> None:
        super().__init__()
        self.convs = nn.Sequential(
            nn.Conv2d(in_channels, width, 1, stride),
            batch_norm(width, _EPS),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1),
            batch_norm(width, _EPS),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, 4 * width, 1),
            batch_norm(4 * width, _EPS),
        )
        self.skip = (
            nn.Sequential(nn.Conv2d(in_channels, 4 * width, 1, stride), batch_norm(4 * width, _EPS))
            if first
            else nn.Sequential()
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.convs(features) + self.skip(features))


def _stage(in_channels: int, width: int, *, blocks: int, stride: int) -> list[_Bottleneck]:
    later = [_Bottleneck(4 * width, width, 1, first=False) for _ in range(blocks - 1)]
    return [_Bottleneck(in_channels, width, stride, first=True), *later]
