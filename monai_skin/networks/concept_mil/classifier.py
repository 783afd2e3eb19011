# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A score for every concept and class."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.concept_mil.layer import ConceptLayer
from monai_skin.networks.concept_mil.start import kaiming_start

__all__ = ["ConceptClassifier"]


class ConceptClassifier(nn.Module):
    """Three convolutions along the concepts with dropout between them: what each concept says for each class.

    Hu et al., WACV 2025, https://arxiv.org/abs/2409.09520. The last kernel is 1. The dropout, 0.7, is the paper's.

    Shapes:
        tokens: ``(B, n, in_width)``.
        mask: ``(B, n)`` bool, False where a place is empty; empty places come after the concepts.
        returns: ``(B, n, num_classes)``.

    Args:
        num_classes: diagnoses.
        in_width: of a token.
        width: of the two layers in front of the last.
        kernel_size: of these two, 1 or 3; with 1 the concepts do not touch each other.
        dropout: probability behind each of these two.
    """

    def __init__(
        self, *, num_classes: int, in_width: int = 256, width: int = 256, kernel_size: int = 1, dropout: float = 0.7
    ) -> None:
        super().__init__()
        self.first = ConceptLayer(in_width, width, kernel_size=kernel_size, dropout=dropout)
        self.second = ConceptLayer(width, width, kernel_size=kernel_size, dropout=dropout)
        self.last = nn.Conv1d(width, num_classes, 1)
        kaiming_start(self)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        features = self.second(self.first(tokens, mask), mask)
        return self.last(features.transpose(1, 2)).transpose(1, 2)
