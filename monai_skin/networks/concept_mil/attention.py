# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Concepts look at the whole image."""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
import torch.nn as nn

from monai_skin.networks.concept_mil.start import kaiming_start

__all__ = ["ConceptCrossAttention", "SoftmaxOver"]

SoftmaxOver = Literal["keys", "all"]


class ConceptCrossAttention(nn.Module):
    r"""One layer of attention from concepts to the positions of the image's map, then a feed-forward layer.

    Hu et al., WACV 2025, https://arxiv.org/abs/2409.09520, with :math:`M = \mathrm{softmax}(Q K^\top / \sqrt{d})`:

    .. math:: I = Z_l + \mathrm{Drop}(M V W_{map}), \qquad O = I + \mathrm{MLP}(\mathrm{LN}(I))

    As the equations have it, the four projections have no bias and nothing is normalised in front of them. Positions
    carry no code of their own here, so their order does not matter. Over a single position every weight is 1 and every
    concept receives the same vector.

    Shapes:
        local: ``(B, n, width)`` tokens of the concepts.
        positions: ``(B, m, width)`` tokens of the image.
        mask: ``(B, n)`` bool, False where a place is empty; only "all" needs it.
        returns: ``(B, n, width)``, and the weights ``(B, heads, n, m)``.

    Args:
        width: of a token.
        heads: attention heads; they divide ``width``.
        softmax_over: "keys", each concept's weights add up to 1; "all", the weights of all concepts together do, which
            the paper's words "global softmax" might also mean: the more concepts, the less each one sees.
        pre_norm: normalise both inputs of the attention.
        dropout: probability after the attention.
    """

    def __init__(
        self,
        *,
        width: int = 256,
        heads: int = 8,
        softmax_over: SoftmaxOver = "keys",
        pre_norm: bool = False,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if softmax_over not in get_args(SoftmaxOver):
            raise ValueError(f"softmax_over must be one of {', '.join(get_args(SoftmaxOver))}, got {softmax_over!r}")
        if heads < 1 or width % heads:
            raise ValueError(f"heads must divide the width {width}, got {heads}")
        self.heads, self.softmax_over = heads, softmax_over
        self.norm_local = nn.LayerNorm(width) if pre_norm else nn.Identity()
        self.norm_positions = nn.LayerNorm(width) if pre_norm else nn.Identity()
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.map = nn.Linear(width, width, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        kaiming_start(self)

    def forward(
        self, local: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        seen = self.norm_positions(positions)
        query, key, value = self._split(self.query(self.norm_local(local))), self.key(seen), self.value(seen)
        scores = query @ self._split(key).transpose(-2, -1) / math.sqrt(query.shape[-1])  # (B, heads, n, m)
        weights = scores.softmax(dim=-1) if self.softmax_over == "keys" else self._over_all(scores, mask)
        read = (weights.to(value.dtype) @ self._split(value)).transpose(1, 2).flatten(2)
        tokens = local + self.dropout(self.map(read))
        return tokens + self.feed_forward(tokens), weights

    def _split(self, tokens: torch.Tensor) -> torch.Tensor:
        """``(B, N, width)`` to ``(B, heads, N, width / heads)``."""
        batch, count, width = tokens.shape
        return tokens.reshape(batch, count, self.heads, width // self.heads).transpose(1, 2)

    def _over_all(self, scores: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        if mask is not None:
            scores = scores.masked_fill(~mask[:, None, :, None], -torch.inf)
        return scores.flatten(2).softmax(dim=-1).view_as(scores)
