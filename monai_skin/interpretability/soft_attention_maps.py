# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Soft-attention maps at the size of the picture, for looking at."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from monai_skin.errors import InvalidInputError

__all__ = ["render_soft_attention"]

_LEAST_SPREAD = 1e-8
_LEAST_SHARE = 1e-6  # of the largest value: smaller differences are rounding


def render_soft_attention(maps: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Add the heads up, enlarge the sum to the picture's size by bicubic interpolation, and stretch it to [0, 1].

    Each picture is stretched by itself, so the colours say where a network looks and not how firmly. Keep the maps as
    well where numbers matter. As drawn in Datta et al., 2021, https://arxiv.org/abs/2105.03358.

    Args:
        maps: ``(B, heads, h, w)``, as ``SoftAttentionNet.attention_maps`` gives them.
        size: rows and columns of the picture the network was given.

    Returns:
        ``(B, rows, columns)`` float32 in [0, 1]; all 0 where the sum is the same everywhere.

    Raises:
        InvalidInputError: maps of another shape, or not finite.
    """
    if maps.ndim != 4 or not bool(torch.isfinite(maps).all()):
        problem = f"have shape {tuple(maps.shape)}" if maps.ndim != 4 else "are not finite"
        raise InvalidInputError.about("attention", "maps", problem, expected="finite numbers of shape (B, heads, h, w)")
    total = maps.detach().float().sum(dim=1, keepdim=True)
    low, high = total.amin(dim=(2, 3), keepdim=True), total.amax(dim=(2, 3), keepdim=True)
    uneven = high - low > torch.clamp(_LEAST_SHARE * high.abs(), min=_LEAST_SPREAD)
    enlarged = F.interpolate(total - low, size=size, mode="bicubic", align_corners=False)
    enlarged = enlarged - enlarged.amin(dim=(2, 3), keepdim=True)
    spread = enlarged.amax(dim=(2, 3), keepdim=True).clamp_min(_LEAST_SPREAD)
    return torch.where(uneven, enlarged / spread, 0.0).squeeze(1)
