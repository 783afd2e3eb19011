# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A classifier of one picture with age, sex and body site, joined in one of four ways."""

from __future__ import annotations

from typing import Literal, get_args

import torch
import torch.nn as nn

from monai_skin.networks.blocks.film import FiLM
from monai_skin.networks.blocks.metadata_cross_attention import MetadataCrossAttention
from monai_skin.networks.blocks.metadata_mlp import MetadataMLP
from monai_skin.networks.blocks.metadata_transformer import unknown_clinical

__all__ = ["ImageMetadataNet"]

Fusion = Literal["none", "late", "film", "cross_attention", "metadata_only"]


class ImageMetadataNet(nn.Module):
    """Encoder, fusion with the metadata, mean over the map, two layers, class logits.

    With ``film`` the metadata scales and shifts the channels of the last map, see :class:`FiLM`. With ``late`` the
    metadata's vector, and with ``cross_attention`` what metadata tokens saw in the map, is put beside the map's mean;
    each of the two is normalised by itself, so that the image's half does not depend on the metadata. ``none`` and
    ``metadata_only`` are the baselines by which a gain from fusion is judged.

    Shapes:
        image: ``(B, 3, H, W)``, ImageNet-normalised; ``metadata_only`` uses none of it.
        clinical: ``(B, 4)``, see :class:`MetadataMLP`; without it everything is unknown.
        returns: ``(B, num_classes)`` logits.

    Args:
        encoder: maps ``(B, 3, H, W)`` to ``(B, channels, h, w)`` and has an attribute ``channels``; left out for
            ``metadata_only``.
        num_classes: diagnoses.
        fusion: "none", "late", "film", "cross_attention" or "metadata_only".
        num_sites: body sites with a name; not needed for "none".
        metadata_features: of the metadata's vector, for "late", "film" and "metadata_only".
        attention_width: of a token, for "cross_attention".
        heads: attention heads.
        bidirectional: with "cross_attention", the image looks at the metadata as well.
        field_dropout: probability in training that a field of the metadata is hidden.
        dropout: in front of each of the head's two layers.
    """

    def __init__(
        self,
        *,
        encoder: nn.Module | None = None,
        num_classes: int = 7,
        fusion: Fusion = "none",
        num_sites: int = 0,
        metadata_features: int = 128,
        attention_width: int = 256,
        heads: int = 8,
        bidirectional: bool = False,
        field_dropout: float = 0.1,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        if fusion not in get_args(Fusion):
            raise ValueError(f"fusion must be one of {', '.join(get_args(Fusion))}, got {fusion!r}")
        if fusion != "none" and num_sites < 1:
            raise ValueError(f"num_sites must be at least 1 for fusion {fusion!r}, got {num_sites}")
        self.encoder = None if fusion == "metadata_only" else encoder
        channels = 0 if fusion == "metadata_only" else _channels(encoder)
        self.image_norm = nn.LayerNorm(channels) if channels else None
        self.metadata = (
            MetadataMLP(num_sites=num_sites, out_features=metadata_features, field_dropout=field_dropout)
            if fusion in ("late", "film", "metadata_only")
            else None
        )
        self.film = FiLM(channels=channels, conditioning=metadata_features) if fusion == "film" else None
        self.attention = (
            MetadataCrossAttention(
                image_channels=channels,
                num_sites=num_sites,
                width=attention_width,
                heads=heads,
                bidirectional=bidirectional,
                field_dropout=field_dropout,
            )
            if fusion == "cross_attention"
            else None
        )
        beside = metadata_features if fusion in ("late", "metadata_only") else 0
        if self.attention is not None:
            beside = self.attention.out_features
        self.head = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(channels + beside, 256),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(256, num_classes),
        )
        # the order convolutions are fast in, on CPU and CUDA
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, image: torch.Tensor, clinical: torch.Tensor | None = None) -> torch.Tensor:
        known = unknown_clinical(image.shape[0], image) if clinical is None else clinical
        return self.head(self._joined(image, known))

    @torch.jit.unused
    def cross_attention(self, image: torch.Tensor, clinical: torch.Tensor | None = None) -> torch.Tensor:
        """Where summary, age, sex and site look, ``(B, heads, 4, h, w)``; every map adds up to 1.

        Raises:
            ValueError: the fusion is not "cross_attention".
        """
        if self.encoder is None or self.attention is None:
            raise ValueError("the fusion has no attention; expected 'cross_attention'")
        known = unknown_clinical(image.shape[0], image) if clinical is None else clinical
        return self.attention.weights(self.encoder(image), known)

    def _joined(self, image: torch.Tensor, clinical: torch.Tensor) -> torch.Tensor:
        """What the head sees, ``(B, features)``."""
        parts: list[torch.Tensor] = []
        vector: torch.Tensor | None = None
        if self.metadata is not None:
            vector = self.metadata(clinical)
        if self.encoder is not None and self.image_norm is not None:
            features = self.encoder(image)
            if self.film is not None and vector is not None:
                features, vector = self.film(features, vector), None
            parts.append(self.image_norm(features.mean(dim=(-2, -1))))
            if self.attention is not None:
                parts.append(self.attention(features, clinical))
        if vector is not None:
            parts.append(vector)
        return torch.cat(parts, dim=1)


def _channels(encoder: nn.Module | None) -> int:
    channels = getattr(encoder, "channels", None)
    if not isinstance(channels, int):
        found = type(encoder).__name__
        raise ValueError(f"encoder must say its number of channels in an attribute 'channels', got {found}")
    return channels
