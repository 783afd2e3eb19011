# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Class logits of a pair, and of each of its modalities alone."""

from __future__ import annotations

import torch
import torch.nn as nn

__all__ = ["PairHeads"]


class PairHeads(nn.Module):
    """A linear layer over the summary and both modalities' means, and one over each mean, for training.

    Shapes:
        clinical, ultrasound: ``(B, width)``.
        pooled: ``(B, width)``, of both; None without ``summary``.
        returns: ``(B, num_classes)``.

    Args:
        width: of a vector.
        num_classes: diagnoses.
        summary: whether there is a summary of both.
        dropout: in front of the linear layer.
    """

    def __init__(self, *, width: int, num_classes: int, summary: bool, dropout: float) -> None:
        super().__init__()
        features = (3 if summary else 2) * width
        self.main = nn.Sequential(nn.LayerNorm(features), nn.Dropout(dropout), nn.Linear(features, num_classes))
        self.clinical, self.ultrasound = nn.Linear(width, num_classes), nn.Linear(width, num_classes)

    def forward(
        self, clinical: torch.Tensor, ultrasound: torch.Tensor, pooled: torch.Tensor | None = None
    ) -> torch.Tensor:
        parts = [clinical, ultrasound] if pooled is None else [pooled, clinical, ultrasound]
        return self.main(torch.cat(parts, dim=1))

    @torch.jit.unused
    def auxiliary(self, clinical: torch.Tensor, ultrasound: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the photograph alone and of the ultrasound alone."""
        return self.clinical(clinical), self.ultrasound(ultrasound)
