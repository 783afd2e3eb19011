# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A convolution along the concepts of a bag."""

from __future__ import annotations

import torch
import torch.nn as nn

__all__ = ["ConceptLayer"]


class ConceptLayer(nn.Module):
    """A convolution along the concepts that keeps their number, a leaky rectifier of slope 0.2, dropout.

    Shapes:
        tokens: ``(B, n, in_width)``.
        mask: ``(B, n)`` bool, False where a place is empty; such places count as zeros, which is what a convolution
            sees beyond the end, so that empty ones at the end change nothing.
        returns: ``(B, n, out_width)``.

    Args:
        in_width: of a token.
        out_width: of a token behind the layer.
        kernel_size: 1, where concepts do not touch each other; or 3.
        dropout: probability.
    """

    def __init__(self, in_width: int, out_width: int, *, kernel_size: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        if kernel_size not in (1, 3):
            raise ValueError(f"kernel_size must be 1 or 3, got {kernel_size}")
        self.convolution = nn.Conv1d(in_width, out_width, kernel_size, padding=kernel_size // 2)
        self.activation = nn.LeakyReLU(0.2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        if mask is not None:
            tokens = tokens.masked_fill(~mask.unsqueeze(-1), 0.0)
        return self.dropout(self.activation(self.convolution(tokens.transpose(1, 2)))).transpose(1, 2)
