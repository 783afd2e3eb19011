# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Depthwise-separable convolution."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.blocks.depthwise import DepthwiseConv2d

__all__ = ["SeparableConv"]


class SeparableConv(nn.Sequential):
    """3x3 depthwise, batch norm, ReLU, 1x1, batch norm, ReLU.

    Howard et al., "MobileNets", 2017, https://arxiv.org/abs/1704.04861.

    Shapes:
        ``(B, in_channels, H, W)`` to ``(B, out_channels, H, W)``.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(
            DepthwiseConv2d(in_channels, kernel_size=3, padding=1),
            nn.BatchNorm2d(in_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        for layer in self:
            image = layer(image)
        return image
