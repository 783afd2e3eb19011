# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The ResNet34 of the soft-attention paper: in front of the attention and behind it."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.soft_attention.layers import ConvReLUNorm, same_max_pool

__all__ = ["ResNet34Tail", "ResNet34Trunk"]


class ResNet34Trunk(nn.Sequential):
    """The first two stages of ResNet34, with pooling in place of strides and a convolution on every later skip.

    After He et al., "Deep Residual Learning for Image Recognition", 2016, https://arxiv.org/abs/1512.03385, as varied
    by Datta et al., 2021, https://arxiv.org/abs/2105.03358.

    Shapes:
        image: ``(B, in_channels, H, W)``.
        returns: ``(B, 128, H / 8, W / 8)``.

    Args:
        in_channels: channels of the image.
    """

    channels = 128

    def __init__(self, *, in_channels: int = 3) -> None:
        super().__init__(
            ConvReLUNorm(in_channels, 64, stride=2),
            same_max_pool(3, 2),
            *(_Unit(64, 64, identity=True) for _ in range(3)),
            nn.MaxPool2d(2),
            *_stage(64, 128, units=4),
        )


class ResNet34Tail(nn.Sequential):
    """The last two stages of ResNet34.

    Shapes:
        ``(B, in_channels, H, W)`` to ``(B, 512, H / 2, W / 2)``.

    Args:
        in_channels: 256 behind the attention, 128 without it.
    """

    channels = 512

    def __init__(self, in_channels: int) -> None:
        super().__init__(*_stage(in_channels, 256, units=6), nn.MaxPool2d(2), *_stage(256, 512, units=3))


class _Unit(nn.Module):
    """Two convolutions and a skip, added; ReLU."""

    def __init__(self, in_channels: int, out_channels: int, *, identity: bool = False) -> None:
        super().__init__()
        self.convs = nn.Sequential(ConvReLUNorm(in_channels, out_channels), ConvReLUNorm(out_channels, out_channels))
        self.skip: nn.Module = nn.Identity() if identity else ConvReLUNorm(in_channels, out_channels)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.convs(features) + self.skip(features))


def _stage(in_channels: int, out_channels: int, *, units: int) -> list[_Unit]:
    return [_Unit(in_channels if unit == 0 else out_channels, out_channels) for unit in range(units)]
