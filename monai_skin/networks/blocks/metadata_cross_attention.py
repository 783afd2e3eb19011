# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Age, sex and body site look at the picture."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.blocks.cross_attention import CrossAttentionBlock
from monai_skin.networks.blocks.metadata_transformer import MetadataTransformer

__all__ = ["MetadataCrossAttention"]


class MetadataCrossAttention(nn.Module):
    """Metadata tokens query the tokens of an image map; the summary token comes out.

    The four tokens are a learned summary and age, sex and site, mixed by one transformer layer; the image's are the
    places of its map, normalised and projected. The image's tokens have no position: what is seen does not depend on
    where it lies, and a map may have any size.

    Shapes:
        features: ``(B, image_channels, h, w)`` of at least two places.
        clinical: ``(B, 4)``, see :class:`MetadataTransformer`.
        returns: ``(B, out_features)``: ``width`` numbers, or twice as many if ``bidirectional``.

    Args:
        image_channels: of the map.
        num_sites: body sites with a name.
        width: of a token.
        heads: attention heads; they divide ``width``.
        bidirectional: the image's tokens look at the metadata as well, and their mean is put beside the summary.
        field_dropout: probability in training that a field of the metadata is hidden.
        dropout: within the attention and feed-forward layers.

    Raises:
        ValueError: from ``forward``, if the map has a single place: attention over one key does nothing.
    """

    def __init__(
        self,
        *,
        image_channels: int,
        num_sites: int,
        width: int = 256,
        heads: int = 8,
        bidirectional: bool = False,
        field_dropout: float = 0.1,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.metadata = MetadataTransformer(
            num_sites=num_sites,
            width=width,
            heads=heads,
            hidden=2 * width,
            depth=1,
            dropout=dropout,
            field_dropout=field_dropout,
        )
        self.image_tokens = nn.Sequential(nn.LayerNorm(image_channels), nn.Linear(image_channels, width))
        self.metadata_looks = CrossAttentionBlock(width=width, heads=heads, hidden=2 * width, dropout=dropout)
        self.image_looks = (
            CrossAttentionBlock(width=width, heads=heads, hidden=2 * width, dropout=dropout) if bidirectional else None
        )
        self.out_features = 2 * width if bidirectional else width
        self.norm = nn.LayerNorm(self.out_features)

    def forward(self, features: torch.Tensor, clinical: torch.Tensor) -> torch.Tensor:
        fields, places = self._tokens(features, clinical)
        seen = self.metadata_looks(fields, places)[:, 0]
        if self.image_looks is not None:
            seen = torch.cat([seen, self.image_looks(places, fields).mean(dim=1)], dim=1)
        return self.norm(seen)

    @torch.jit.unused
    def weights(self, features: torch.Tensor, clinical: torch.Tensor) -> torch.Tensor:
        """How much summary, age, sex and site look at each place, ``(B, heads, 4, h, w)``; a map adds up to 1."""
        weights = self.metadata_looks.weights(*self._tokens(features, clinical))
        return weights.reshape(*weights.shape[:3], *features.shape[2:])

    def _tokens(self, features: torch.Tensor, clinical: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """``(B, 4, width)`` and ``(B, h * w, width)``."""
        fields = self.metadata.encoder(self.metadata.tokens(clinical))
        return fields, self.image_tokens(features.flatten(2).transpose(1, 2))
