# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Age, sex and body site as one vector."""

from __future__ import annotations

import torch
import torch.nn as nn

__all__ = ["MetadataMLP"]

_EMBEDDING = 16  # numbers for sex, and for site
_HIDDEN = 64


class MetadataMLP(nn.Module):
    """Embeddings of sex and site, standardised age and its missing flag, through two layers.

    "Unknown" is a learned row of each embedding. A missing age is 0 with the flag set, so the number in its place has
    no influence. In training, known fields may be hidden at random, so that a picture without metadata is nothing new.

    Shapes:
        clinical: ``(B, 4)`` as :func:`monai_skin.transforms.encode_clinical_metadata` gives it: standardised age,
            whether age is missing, index of sex (0 unknown), index of site (0 unknown).
        returns: ``(B, out_features)``, layer-normalised.

    Args:
        num_sites: sites with a name; indices run from 1 to this.
        out_features: of the vector.
        field_dropout: probability in training that a field is hidden.

    Raises:
        ValueError: from ``forward``, if a row has not four numbers.
    """

    def __init__(self, *, num_sites: int, out_features: int = 128, field_dropout: float = 0.0) -> None:
        super().__init__()
        self.field_dropout = field_dropout
        self.sex = nn.Embedding(3, _EMBEDDING)
        self.site = nn.Embedding(num_sites + 1, _EMBEDDING)
        self.layers = nn.Sequential(
            nn.Linear(2 * _EMBEDDING + 2, _HIDDEN),
            nn.ReLU(),
            nn.Linear(_HIDDEN, out_features),
            nn.ReLU(),
            nn.LayerNorm(out_features),
        )

    def forward(self, clinical: torch.Tensor) -> torch.Tensor:
        if clinical.shape[1] != 4:
            raise ValueError(f"clinical has {clinical.shape[1]} numbers a row; expected 4")
        known_age = clinical[:, 1] < 0.5
        sex, site = clinical[:, 2].long(), clinical[:, 3].long()
        if self.training and self.field_dropout > 0:
            kept = torch.rand(clinical.shape[0], 3, device=clinical.device) >= self.field_dropout
            known_age, sex, site = known_age & kept[:, 0], sex * kept[:, 1], site * kept[:, 2]
        # the placeholder may be anything, NaN too, and must not reach a product
        age = torch.where(known_age, clinical[:, 0], torch.zeros_like(clinical[:, 0]))
        numbers = torch.stack([age, (~known_age).to(age.dtype)], dim=1)
        return self.layers(torch.cat([self.sex(sex), self.site(site), numbers], dim=1))
