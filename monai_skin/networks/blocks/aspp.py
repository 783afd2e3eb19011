# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Atrous spatial pyramid pooling for a bottleneck of a few pixels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn as nn
import torch.nn.functional as F

__all__ = ["AtrousPyramid"]


class AtrousPyramid(nn.Module):
    """A 1x1 branch, three dilated 3x3 branches and a global-average branch, concatenated and projected.

    Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017,
    https://arxiv.org/abs/1706.05587. MONAI's ``SimpleASPP`` has no pooled branch, hence this class.

    Shapes:
        ``(B, in_channels, h, w)`` to ``(B, out_channels, h, w)``.

    Args:
        in_channels: channels of the deepest encoder map.
        out_channels: width of each branch and of the result.
        rates: dilations of the 3x3 branches in pixels of the map. On the 8 x 8 map of a 256-pixel image the usual
            (6, 12, 18) fall mostly on zero padding, so the default is smaller.
        dropout: probability after the projection.
    """

    def __init__(
        self, *, in_channels: int, out_channels: int = 256, rates: Sequence[int] = (2, 4, 6), dropout: float = 0.1
    ) -> None:
        super().__init__()
        if not rates or min(rates) < 1:
            raise ValueError(f"rates must be one or more positive dilations, got {list(rates)}")
        self.local = _conv_norm_relu(in_channels, out_channels)
        self.dilated = nn.ModuleList(_conv_norm_relu(in_channels, out_channels, dilation=rate) for rate in rates)
        self.pooled = _conv_norm_relu(in_channels, out_channels)
        self.project = nn.Sequential(
            *_conv_norm_relu((2 + len(rates)) * out_channels, out_channels), nn.Dropout(dropout)
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        branches = [self.local(features)]
        for branch in self.dilated:
            branches.append(branch(features))
        pooled = self.pooled(features.mean(dim=(2, 3), keepdim=True))
        branches.append(F.interpolate(pooled, size=features.shape[2:], mode="bilinear", align_corners=False))
        return self.project(torch.cat(branches, dim=1))


def _conv_norm_relu(in_channels: int, out_channels: int, dilation: int = 0) -> nn.Sequential:
    """A 1x1 convolution, or a dilated 3x3 one, with batch norm and ReLU."""
    size = 3 if dilation else 1
    conv = nn.Conv2d(in_channels, out_channels, size, padding=dilation, dilation=max(dilation, 1), bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True))
