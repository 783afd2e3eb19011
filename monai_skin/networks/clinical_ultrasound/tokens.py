# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""From the map of an encoder to tokens on a grid."""

from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F

__all__ = ["Projection", "ScaleMerge", "as_tokens", "on_grid"]


def as_tokens(features: torch.Tensor) -> torch.Tensor:
    """``(B, C, h, w)`` to ``(B, h * w, C)``, row by row."""
    return features.flatten(2).transpose(1, 2)


def on_grid(features: torch.Tensor, grid: int) -> torch.Tensor:
    """Mean of ``(B, C, H, W)`` over the ``grid`` x ``grid`` cells; a smaller map is repeated into them."""
    if features.shape[2] == grid and features.shape[3] == grid:
        return features
    return F.adaptive_avg_pool2d(features, (grid, grid))


class Projection(nn.Module):
    """A map's channels as ``width`` features a place; where the picture is missing, a learned vector everywhere.

    Shapes:
        features: ``(B, channels, h, w)``.
        present: ``(B,)`` bool, whether there is a picture; without ``missing`` all count as present.
        returns: ``(B, width, h, w)``.

    Args:
        channels: of the map.
        width: of the result.
        missing: whether pictures may be missing.
    """

    def __init__(self, channels: int, width: int, *, missing: bool = False) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, width, 1)
        self.absent = nn.Parameter(torch.empty(width)) if missing else None
        if self.absent is not None:
            nn.init.trunc_normal_(self.absent, std=0.02)

    def forward(self, features: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        projected = self.project(features)
        if self.absent is None:
            return projected
        return torch.where(present[:, None, None, None], projected, self.absent[:, None, None].to(projected.dtype))


class ScaleMerge(nn.Module):
    """Maps of several scales on one grid, side by side, brought back to ``width`` features by a 1x1 convolution.

    Shapes:
        maps: a list of ``(B, width, h, w)`` of any sizes.
        returns: tokens ``(B, grid * grid, width)``.

    Args:
        width: features of every map and of a token.
        scales: how many maps.
        grid: rows and columns of tokens.
    """

    def __init__(self, *, width: int, scales: int, grid: int) -> None:
        super().__init__()
        self.grid = grid
        self.project = nn.Conv2d(scales * width, width, 1)

    def forward(self, maps: list[torch.Tensor]) -> torch.Tensor:
        pooled = [on_grid(each, self.grid) for each in maps]
        return as_tokens(self.project(torch.cat(pooled, dim=1)))
