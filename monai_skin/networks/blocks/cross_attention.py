# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Attention of one set of tokens over another."""

from __future__ import annotations

import torch
import torch.nn as nn

__all__ = ["CrossAttentionBlock"]


class CrossAttentionBlock(nn.Module):
    """Queries look at a context, then pass through a feed-forward layer; both halves are residual and pre-normed.

    Vaswani et al., "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762; normalisation in front of each
    half after Xiong et al., 2020, https://arxiv.org/abs/2002.04745.

    Shapes:
        query: ``(B, N, width)``.
        context: ``(B, M, width)``, M at least 2: over a single key every weight is 1 and the query has no say.
        returns: ``(B, N, width)``.

    Args:
        width: of a token.
        heads: attention heads; they divide ``width``.
        hidden: width of the feed-forward layer.
        dropout: probability after attention and after each feed-forward layer.

    Raises:
        ValueError: from ``forward``, if the context is a single token.
    """

    def __init__(self, *, width: int = 512, heads: int = 8, hidden: int = 2048, dropout: float = 0.1) -> None:
        super().__init__()
        self.norm_query = nn.LayerNorm(width)
        self.norm_context = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, dropout=dropout, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, width),
            nn.Dropout(dropout),
        )

    def forward(self, query: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        if context.shape[1] < 2:
            raise ValueError("context is a single token; expected at least 2, attention over one key does nothing")
        keys = self.norm_context(context)
        seen, _ = self.attention(self.norm_query(query), keys, keys, need_weights=False)
        tokens = query + self.dropout(seen)
        return tokens + self.feed_forward(tokens)

    @torch.jit.unused
    def weights(self, query: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """How much each query looks at each token of the context, ``(B, heads, N, M)``; each row adds up to 1."""
        keys = self.norm_context(context)
        weights: torch.Tensor = self.attention(
            self.norm_query(query), keys, keys, need_weights=True, average_attn_weights=False
        )[1]
        return weights
