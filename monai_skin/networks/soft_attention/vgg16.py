# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The VGG16 of the soft-attention paper: in front of the attention and behind it."""

from __future__ import annotations

import torch.nn as nn

from monai_skin.networks.soft_attention.layers import ConvReLUNorm, same_max_pool

__all__ = ["VGG16Tail", "VGG16Trunk"]


class VGG16Trunk(nn.Sequential):
    """The first four groups of VGG16, with batch norm, whose last convolution of each group is 1x1.

    After Simonyan and Zisserman, "Very Deep Convolutional Networks", 2015, https://arxiv.org/abs/1409.1556 (their
    configuration C), as varied by Datta et al., 2021, https://arxiv.org/abs/2105.03358.

    Shapes:
        image: ``(B, in_channels, H, W)``.
        returns: ``(B, 512, H / 8, W / 8)``.

    Args:
        in_channels: channels of the image.
    """

    channels = 512

    def __init__(self, *, in_channels: int = 3) -> None:
        super().__init__(
            _group(in_channels, 64, wide=1),
            nn.MaxPool2d(2),
            _group(64, 128, wide=1),
            nn.MaxPool2d(2),
            _group(128, 256, wide=2),
            nn.MaxPool2d(2),
            _group(256, 512, wide=2),
        )


class VGG16Tail(nn.Sequential):
    """The fifth group of VGG16, and the maximum over 4 x 4 pixels in place of 2 x 2.

    Shapes:
        ``(B, in_channels, H, W)`` to ``(B, 512, ceil(H / 4), ceil(W / 4))``.

    Args:
        in_channels: 1,024 behind the attention, 512 without it.
    """

    channels = 512

    def __init__(self, in_channels: int) -> None:
        super().__init__(_group(in_channels, 512, wide=2), same_max_pool(4, 4))


def _group(in_channels: int, out_channels: int, *, wide: int) -> nn.Sequential:
    """One or two 3x3 convolutions and a 1x1."""
    inputs = [in_channels] + [out_channels] * wide
    sizes = [3] * wide + [1]
    return nn.Sequential(*(ConvReLUNorm(each, out_channels, size) for each, size in zip(inputs, sizes, strict=True)))
