# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The layers each concept goes through by itself."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.concept_mil.layer import ConceptLayer
from monai_skin.networks.concept_mil.start import kaiming_start

__all__ = ["LocalConceptEncoder"]


class LocalConceptEncoder(nn.Module):
    """Two convolutions along the concepts, each with a leaky rectifier.

    Hu et al., "Enhancing Skin Disease Diagnosis: Interpretable Visual Concept Discovery with SAM", WACV 2025,
    https://arxiv.org/abs/2409.09520. Concepts are a set: with kernel 1 each is encoded by itself, and their order
    does not matter. With kernel 3 neighbours mix, as frames do where such layers come from, action localisation.

    Shapes:
        concepts: ``(B, n, concept_width)``.
        mask: ``(B, n)`` bool, False where a place is empty; empty places come after the concepts.
        returns: ``(B, n, width)``.

    Args:
        concept_width: of a concept vector.
        width: of a local token.
        kernel_size: 1 or 3.
    """

    def __init__(self, *, concept_width: int = 256, width: int = 256, kernel_size: int = 1) -> None:
        super().__init__()
        self.first = ConceptLayer(concept_width, width, kernel_size=kernel_size)
        self.second = ConceptLayer(width, width, kernel_size=kernel_size)
        kaiming_start(self)

    def forward(self, concepts: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.second(self.first(concepts, mask), mask)
