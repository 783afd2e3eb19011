# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers as Keras has them, which the networks of the soft-attention paper were built with."""

from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F

__all__ = ["ConvReLUNorm", "SamePad2d", "batch_norm", "he_normal", "same_max_pool"]


class SamePad2d(nn.Module):
    """Pad so that ``ceil(size / stride)`` windows fit; an odd row or column goes to the bottom or the right.

    Shapes:
        ``(B, C, H, W)`` to ``(B, C, H', W')``.

    Args:
        kernel_size: side of the square window that follows.
        stride: its step.
        value: of the padding.
    """

    def __init__(self, kernel_size: int, stride: int, value: float = 0.0) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.value = kernel_size, stride, value

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        rows, columns = self._missing(features.shape[2]), self._missing(features.shape[3])
        sides = [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2]
        return F.pad(features, sides, value=self.value)

    def _missing(self, size: int) -> int:
        windows = (size + self.stride - 1) // self.stride
        return max((windows - 1) * self.stride + self.kernel_size - size, 0)


def same_max_pool(kernel_size: int, stride: int) -> nn.Sequential:
    """The maximum over windows that may reach over the border, where nothing is larger than the map's own values."""
    return nn.Sequential(SamePad2d(kernel_size, stride, value=-torch.inf), nn.MaxPool2d(kernel_size, stride))


def batch_norm(channels: int, eps: float = 1e-3) -> nn.BatchNorm2d:
    """Batch norm with the moving averages of Keras: 0.99 of the old value is kept."""
    return nn.BatchNorm2d(channels, eps=eps, momentum=0.01)


def he_normal(conv: nn.Conv2d) -> nn.Conv2d:
    """Start a convolution in front of a ReLU: weights of variance 2 over the fan-in, no bias.

    He et al., "Delving Deep into Rectifiers", 2015, https://arxiv.org/abs/1502.01852.
    """
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv


class ConvReLUNorm(nn.Sequential):
    """A convolution with bias, ReLU, then batch norm: the order of the networks trained from scratch.

    Shapes:
        ``(B, in_channels, H, W)`` to ``(B, out_channels, ceil(H / stride), ceil(W / stride))``.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the result.
        kernel_size: side of the square filter, odd.
        stride: step in pixels.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1) -> None:
        conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride)
        super().__init__(
            SamePad2d(kernel_size, stride), he_normal(conv), nn.ReLU(inplace=True), batch_norm(out_channels)
        )
