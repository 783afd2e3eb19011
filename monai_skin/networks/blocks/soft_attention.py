# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Soft attention: where in a map a classifier looks, learned by itself."""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
import torch.nn as nn
import torch.nn.functional as F

__all__ = ["SoftAttention", "SoftAttentionBlock"]

Mode = Literal["paper", "repo"]
Activation = Literal["relu"]

_SEEN_CHANNELS = 3
_FIRST_GAMMA = 0.01


class SoftAttention(nn.Module):
    r"""Multiply a map by the sum of its attention heads, each a softmax over all positions.

    Datta et al., "Soft-Attention Improves Skin Cancer Classification Performance", 2021,
    https://arxiv.org/abs/2105.03358: :math:`\gamma\, t \odot \sum_k \mathrm{softmax}_{hw}(W_k * t)`. As in the code the
    authors published, scores pass a ReLU before the softmax, and :math:`\gamma` is left out unless asked for.

    Shapes:
        features: ``(B, channels, H, W)``.
        returns: the attended features of the same shape, and the maps ``(B, heads, H, W)``, float32 also under
            autocast; each map adds up to 1.

    Args:
        channels: of the features.
        heads: maps that are learned.
        mode: "paper" scores a position by its 3x3 neighbourhood in all channels. "repo" repeats the published code,
            whose 3-D kernel was laid out for another order of the axes: it spans ``channels`` rows and 3 columns, and
            of the channels only the first three. Its whole kernel is kept, so that weights trained there fit.
        use_gamma: learn a factor of the attended features, at first 0.01.
        activation: of the scores; None leaves them as they are.

    Raises:
        ValueError: an unknown mode or activation, or mode "repo" with fewer than three channels.
    """

    def __init__(
        self,
        channels: int,
        heads: int = 16,
        mode: Mode = "paper",
        use_gamma: bool = False,
        activation: Activation | None = "relu",
    ) -> None:
        super().__init__()
        if mode not in get_args(Mode):
            raise ValueError(f"mode must be one of {', '.join(get_args(Mode))}, got {mode!r}")
        if activation not in (None, *get_args(Activation)):
            raise ValueError(f"activation must be 'relu' or None, got {activation!r}")
        self.score: nn.Module = (
            _AxisSwappedConv(channels, heads)
            if mode == "repo"
            else _he_uniform(nn.Conv2d(channels, heads, 3, padding=1))
        )
        self.activation = nn.Identity() if activation is None else nn.ReLU()
        self.gamma = nn.Parameter(torch.tensor(_FIRST_GAMMA)) if use_gamma else None

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        scores = self.activation(self.score(features))
        maps = torch.softmax(scores.flatten(2), dim=2, dtype=torch.float32).view(scores.shape)
        attended = features * maps.sum(dim=1, keepdim=True).to(features.dtype)
        if self.gamma is not None:
            attended = self.gamma.to(features.dtype) * attended
        return attended, maps


class SoftAttentionBlock(nn.Module):
    """Soft attention and what follows it: features and attended features at half the size, joined, ReLU, dropout.

    Shapes:
        features: ``(B, channels, H, W)``.
        returns: ``(B, 2 * channels, ceil(H / 2), ceil(W / 2))``; first the features, then the attended ones.

    Args:
        channels: of the features.
        heads: see :class:`SoftAttention`.
        mode: see :class:`SoftAttention`.
        use_gamma: see :class:`SoftAttention`.
        dropout: probability.
    """

    def __init__(
        self,
        channels: int,
        heads: int = 16,
        mode: Mode = "paper",
        use_gamma: bool = False,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.attention = SoftAttention(channels, heads, mode, use_gamma)
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.dropout = nn.Dropout(dropout)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        attended, _ = self.attention(features)
        joined = torch.cat([self.pool(features), self.pool(attended)], dim=1)
        return self.dropout(torch.relu(joined))

    @torch.jit.unused
    def maps(self, features: torch.Tensor) -> torch.Tensor:
        """The attention maps of features, ``(B, heads, H, W)`` float32; each adds up to 1."""
        maps: torch.Tensor = self.attention(features)[1]
        return maps


class _AxisSwappedConv(nn.Module):
    """The published 3-D convolution over (rows, columns, channels) with stride (1, 1, channels), as a 2-D one.

    The stride leaves one window along the channels, which holds channels 0 to 2. Along the rows, zero padding leaves
    to each position at most ``2 H - 1`` of the kernel's ``channels`` rows that can meet the map; only those are used.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        if channels < _SEEN_CHANNELS:
            raise ValueError(f"mode 'repo' needs at least {_SEEN_CHANNELS} channels, got {channels}")
        self.kernel = nn.Parameter(torch.empty(channels, 3, _SEEN_CHANNELS, 1, heads))  # the order of Keras
        self.bias = nn.Parameter(torch.zeros(heads))
        bound = math.sqrt(6 / (channels * 3 * _SEEN_CHANNELS))
        nn.init.uniform_(self.kernel, -bound, bound)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        reach, rows, seen = features.shape[2] - 1, self.kernel.shape[0], self.kernel.shape[2]
        middle = (rows - 1) // 2
        first, last = max(middle - reach, 0), min(middle + reach, rows - 1)
        kernel = self.kernel[first : last + 1, :, :, 0].permute(3, 2, 0, 1)
        padded = F.pad(features[:, :seen], [1, 1, middle - first, last - middle])
        return F.conv2d(padded, kernel, self.bias)


def _he_uniform(conv: nn.Conv2d) -> nn.Conv2d:
    """The start of the published layer: a uniform weight of variance 2 over the fan-in, no bias."""
    nn.init.kaiming_uniform_(conv.weight, nonlinearity="relu")
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv
