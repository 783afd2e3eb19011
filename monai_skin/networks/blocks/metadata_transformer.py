# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Age, sex and body site as tokens of a small transformer."""

from __future__ import annotations

import torch
import torch.nn as nn

__all__ = ["MetadataTransformer", "unknown_clinical"]


def unknown_clinical(count: int, like: torch.Tensor) -> torch.Tensor:
    """``(count, 4)`` in which everything is unknown, with the type and device of ``like``."""
    return torch.tensor([0.0, 1.0, 0.0, 0.0], dtype=like.dtype, device=like.device).expand(count, 4)


class MetadataTransformer(nn.Module):
    """A class token and one token a field, mixed by a transformer encoder; the class token comes out.

    After the metadata module of Atiq and Fattah, "Dual-network attention model", 2025,
    https://arxiv.org/abs/2510.17773, of which only "transformer over age, sex and site" is public: widths, depth and
    the rule for missing values are a reconstruction. A field that is missing is a learned vector of its own, so the
    number in its place has no influence; in training, known fields are hidden at random, so that a picture without
    metadata is nothing new to the network.

    Shapes:
        clinical: ``(B, 4)`` as :func:`monai_skin.transforms.encode_clinical_metadata` gives it: standardised age,
            whether age is missing, index of sex (0 unknown), index of site (0 unknown).
        returns: ``(B, width)``.

    Args:
        num_sites: sites with a name; indices run from 1 to this.
        width: of a token.
        heads: attention heads.
        hidden: width of the feed-forward layers.
        depth: encoder layers.
        dropout: within the encoder.
        field_dropout: probability in training that a field is hidden.

    Raises:
        ValueError: from ``forward``, if a row has not four numbers.
    """

    def __init__(
        self,
        *,
        num_sites: int,
        width: int = 128,
        heads: int = 4,
        hidden: int = 256,
        depth: int = 2,
        dropout: float = 0.1,
        field_dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.field_dropout = field_dropout
        self.age = nn.Linear(1, width)
        self.age_missing = nn.Parameter(torch.zeros(width))
        self.sex = nn.Embedding(3, width)
        self.site = nn.Embedding(num_sites + 1, width)
        self.field = nn.Parameter(torch.zeros(3, width))  # which field a token is
        self.summary = nn.Parameter(torch.zeros(width))
        layer = nn.TransformerEncoderLayer(
            width, heads, hidden, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        for vector in (self.age_missing, self.field, self.summary):
            nn.init.trunc_normal_(vector, std=0.02)

    def forward(self, clinical: torch.Tensor) -> torch.Tensor:
        if clinical.shape[1] != 4:
            raise ValueError(f"clinical has {clinical.shape[1]} numbers a row; expected 4")
        return self.encoder(self.tokens(clinical))[:, 0]

    def tokens(self, clinical: torch.Tensor) -> torch.Tensor:
        """``(B, 4, width)``: summary, age, sex, site."""
        known_age = clinical[:, 1] < 0.5
        sex, site = clinical[:, 2].long(), clinical[:, 3].long()
        if self.training and self.field_dropout > 0:
            kept = torch.rand(clinical.shape[0], 3, device=clinical.device) >= self.field_dropout
            known_age, sex, site = known_age & kept[:, 0], sex * kept[:, 1], site * kept[:, 2]
        # the placeholder may be anything, NaN too, and must not reach a product
        years = torch.where(known_age, clinical[:, 0], torch.zeros_like(clinical[:, 0]))
        age = torch.where(known_age[:, None], self.age(years[:, None]), self.age_missing)
        fields = torch.stack([age, self.sex(sex), self.site(site)], dim=1) + self.field
        return torch.cat([self.summary.expand(len(clinical), 1, -1), fields], dim=1)
