# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Multi-head attention that hands out its weights, and a transformer layer of it."""

from __future__ import annotations

import math

import torch
import torch.nn as nn

__all__ = ["MultiHeadAttention", "TransformerLayer"]


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention: what each query saw, and how much it looked at each token.

    Vaswani et al., "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762. PyTorch's own layer returns
    weights after dropout, which neither add up to 1 nor say in training where the network looks; here they are from
    before it.

    Shapes:
        query: ``(B, N, width)``.
        context: ``(B, M, width)``.
        returns: ``(B, N, width)``, and the weights ``(B, heads, N, M)``, each row adding up to 1.

    Args:
        width: of a token.
        heads: they divide ``width``.
        dropout: probability that a weight is left out in training.
    """

    def __init__(self, *, width: int, heads: int, dropout: float = 0.1) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width must be a multiple of heads, got {width} and {heads}")
        self.heads, self.scale = heads, 1 / math.sqrt(width // heads)
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query: torch.Tensor, context: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        asks, offers = self._split(self.query(query)), self._split(self.key(context))
        weights = torch.softmax(self.scale * asks @ offers.transpose(2, 3), dim=-1)
        seen = self.dropout(weights) @ self._split(self.value(context))
        return self.out(seen.transpose(1, 2).flatten(2)), weights

    def _split(self, tokens: torch.Tensor) -> torch.Tensor:
        """``(B, N, width)`` to ``(B, heads, N, width / heads)``."""
        B, N, width = tokens.shape
        return tokens.view(B, N, self.heads, width // self.heads).transpose(1, 2)


class TransformerLayer(nn.Module):
    """Self-attention and a feed-forward layer, both residual and normalised in front.

    Shapes:
        tokens: ``(B, N, width)``.
        returns: the same, and the attention's weights ``(B, heads, N, N)``.

    Args:
        width: of a token.
        heads: attention heads.
        hidden: width of the feed-forward layer.
        dropout: of the weights, and after each half.
    """

    def __init__(self, *, width: int, heads: int, hidden: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = MultiHeadAttention(width=width, heads=heads, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, width),
            nn.Dropout(dropout),
        )

    def forward(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        normed = self.norm(tokens)
        seen, weights = self.attention(normed, normed)
        tokens = tokens + self.dropout(seen)
        return tokens + self.feed_forward(tokens), weights
