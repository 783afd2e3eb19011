# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One summary of the tokens of two modalities, by a small transformer."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.clinical_ultrasound.attention import TransformerLayer

__all__ = ["GlobalAttention"]


class GlobalAttention(nn.Module):
    """Global attention-guided learning: a summary token that looks at all places of both pictures.

    A reconstruction from the abstract of Xiao et al., IEEE Transactions on Medical Imaging 44(1), 2025,
    https://doi.org/10.1109/TMI.2024.3450682: there "global information is fused", and nothing more is said. The summary
    is the class token of Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929.

    Shapes:
        clinical, ultrasound: ``(B, tokens, width)`` each.
        returns: the summary ``(B, width)``, and how much it looks at each token in the last layer, the mean over the
            heads, ``(B, 2 * tokens)``, clinical first. With its look at itself this adds up to 1.

    Args:
        tokens: of each modality.
        width: of a token.
        heads: attention heads.
        hidden: width of the feed-forward layers.
        depth: layers.
        dropout: of the layers.
    """

    def __init__(
        self,
        *,
        tokens: int = 49,
        width: int = 256,
        heads: int = 8,
        hidden: int = 1024,
        depth: int = 2,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if depth < 1:
            raise ValueError(f"depth must be at least 1, got {depth}")
        self.summary = nn.Parameter(torch.empty(1, 1, width))
        self.position = nn.Parameter(torch.empty(1, tokens, width))
        self.modality = nn.Parameter(torch.empty(2, 1, width))
        for vector in (self.summary, self.position, self.modality):
            nn.init.trunc_normal_(vector, std=0.02)
        self.layers = nn.ModuleList(
            TransformerLayer(width=width, heads=heads, hidden=hidden, dropout=dropout) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width)

    def marks(self) -> torch.Tensor:
        """What is added to the tokens to mark place and modality, ``(1, 2 * tokens, width)``, clinical first."""
        return torch.cat([self.position + self.modality[0], self.position + self.modality[1]], dim=1)

    def forward(self, clinical: torch.Tensor, ultrasound: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = torch.cat([clinical, ultrasound], dim=1) + self.marks()
        tokens = torch.cat([self.summary.expand(tokens.shape[0], 1, tokens.shape[2]), tokens], dim=1)
        looks = tokens
        for layer in self.layers:
            tokens, looks = layer(tokens)
        return self.norm(tokens[:, 0]), looks[:, :, 0, 1:].mean(dim=1)
