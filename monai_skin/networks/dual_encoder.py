# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The dual-encoder classifier: the whole picture and the lesion alone, joined by cross-attention, with metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast, get_args

import torch
import torch.nn as nn
import torch.nn.functional as F

from monai_skin.networks.blocks.cross_attention import CrossAttentionBlock
from monai_skin.networks.blocks.metadata_transformer import MetadataTransformer, unknown_clinical

__all__ = ["DualEncoderNet"]

Streams = Literal["both", "image", "segmented"]
Fusion = Literal["cross_attention", "concat", "sum"]
Direction = Literal["o2s", "s2o", "bi"]


class DualEncoderNet(nn.Module):
    """Two encoders, tokens of both, cross-attention, mean of the tokens, metadata beside it, class logits.

    A reconstruction after Atiq and Fattah, "Dual-network attention model", 2025, https://arxiv.org/abs/2510.17773.
    Certain from the paper: two DenseNet201, one on the picture and one on the segmented lesion, multi-head
    cross-attention between them, a transformer over age, sex and site. Tokens, widths, the direction of the attention
    and the head are ours; each is an argument, as is the encoder.

    Shapes:
        image: ``(B, 3, H, W)``, ImageNet-normalised.
        segmented: like ``image``, with everything but the lesion filled; without it the image stands in, which is also
            the rule for a mask that cannot be right.
        clinical: ``(B, 4)``, see :class:`MetadataTransformer`; without it everything is unknown.
        returns: ``(B, num_classes)`` logits.

    Args:
        encoder: of the picture, with an attribute ``channels``; maps ``(B, 3, H, W)`` to ``(B, channels, h, w)``.
        segmented_encoder: of the segmented lesion, not shared; None for ``streams`` other than "both".
        num_classes: diagnoses.
        streams: "both"; or "image" or "segmented" alone, for ablations: their pooled map goes to the head directly.
        fusion: "cross_attention"; or "concat" or "sum" of both streams' pooled tokens, for ablations.
        direction: "o2s", the picture's tokens look at the segmented ones; "s2o", the other way; "bi", both, joined.
        token_grid: rows and columns of the learned positions; resized where a map has others.
        width: of a token.
        heads: attention heads.
        hidden: width of the feed-forward layer of a block.
        depth: cross-attention blocks.
        num_sites: body sites with a name; 0 leaves the metadata out.
        metadata_width: of the metadata's summary.
        field_dropout: probability in training that a field of the metadata is hidden.
        dropout: within the blocks.
        head_dropout: in front of the last layer.

    Raises:
        ValueError: from ``forward``, if a map has a single token: attention over one key does nothing.
    """

    def __init__(
        self,
        *,
        encoder: nn.Module,
        segmented_encoder: nn.Module | None = None,
        num_classes: int = 7,
        streams: Streams = "both",
        fusion: Fusion = "cross_attention",
        direction: Direction = "o2s",
        token_grid: Sequence[int] = (7, 7),
        width: int = 512,
        heads: int = 8,
        hidden: int = 2048,
        depth: int = 1,
        num_sites: int = 0,
        metadata_width: int = 128,
        field_dropout: float = 0.1,
        dropout: float = 0.1,
        head_dropout: float = 0.3,
    ) -> None:
        super().__init__()
        for name, value, known in (
            ("streams", streams, get_args(Streams)),
            ("fusion", fusion, get_args(Fusion)),
            ("direction", direction, get_args(Direction)),
        ):
            if value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        if (segmented_encoder is None) == (streams == "both"):
            raise ValueError(
                f"segmented_encoder must be given for streams 'both' and no other, got streams {streams!r}"
            )
        self.streams, self.fusion, self.direction = streams, fusion, direction
        self.encoder = encoder
        self.segmented_encoder = segmented_encoder
        both = segmented_encoder is not None
        attends = both and fusion == "cross_attention"
        self.image_tokens = _Tokens(encoder, width, token_grid, positions=attends)
        self.segmented_tokens = (
            None if segmented_encoder is None else _Tokens(segmented_encoder, width, token_grid, positions=attends)
        )

        def blocks(wanted: bool) -> nn.ModuleList:
            count = depth if attends and wanted else 0
            return nn.ModuleList(
                CrossAttentionBlock(width=width, heads=heads, hidden=hidden, dropout=dropout) for _ in range(count)
            )

        self.image_looks = blocks(direction in ("o2s", "bi"))
        self.segmented_looks = blocks(direction in ("s2o", "bi"))
        self.metadata = (
            MetadataTransformer(num_sites=num_sites, width=metadata_width, field_dropout=field_dropout)
            if num_sites
            else None
        )
        doubled = both and (fusion == "concat" or (attends and direction == "bi"))
        features = (2 if doubled else 1) * width + (metadata_width if num_sites else 0)
        self.head = nn.Sequential(
            nn.LayerNorm(features),
            nn.Linear(features, 256),
            nn.GELU(),
            nn.Dropout(head_dropout),
            nn.Linear(256, num_classes),
        )
        # the order convolutions are fast in, on CPU and CUDA
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(
        self, image: torch.Tensor, segmented: torch.Tensor | None = None, clinical: torch.Tensor | None = None
    ) -> torch.Tensor:
        features = self._joined(image, image if segmented is None else segmented)
        if self.metadata is not None:
            known = unknown_clinical(len(image), features) if clinical is None else clinical
            features = torch.cat([features, self.metadata(known)], dim=1)
        return self.head(features)

    @torch.jit.unused
    def cross_attention(self, image: torch.Tensor, segmented: torch.Tensor | None = None) -> dict[str, torch.Tensor]:
        """Weights of the last block of each direction, by name: ``(B, heads, N, N)``, each row adding up to 1."""
        whole, lesion = self._tokens(image, image if segmented is None else segmented)
        found = {}
        for name, looks, query, context in (
            ("o2s", self.image_looks, whole, lesion),
            ("s2o", self.segmented_looks, lesion, whole),
        ):
            for block in looks:
                found[name] = cast(CrossAttentionBlock, block).weights(query, context)
                query = block(query, context)
        return found

    def _joined(self, image: torch.Tensor, segmented: torch.Tensor) -> torch.Tensor:
        """``(B, width)``, or twice as wide where two streams are put side by side."""
        if self.segmented_encoder is None:
            seen = segmented if self.streams == "segmented" else image
            return self.image_tokens(self.encoder(seen)).mean(dim=1)
        whole, lesion = self._tokens(image, segmented)
        if self.fusion == "concat":
            return torch.cat([whole.mean(dim=1), lesion.mean(dim=1)], dim=1)
        if self.fusion == "sum":
            return whole.mean(dim=1) + lesion.mean(dim=1)
        query, other = whole, lesion
        for block in self.image_looks:
            query = block(query, lesion)
        for block in self.segmented_looks:
            other = block(other, whole)
        if self.direction == "o2s":
            return query.mean(dim=1)
        if self.direction == "s2o":
            return other.mean(dim=1)
        return torch.cat([query.mean(dim=1), other.mean(dim=1)], dim=1)

    def _tokens(self, image: torch.Tensor, segmented: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.segmented_encoder is None or self.segmented_tokens is None:
            raise ValueError("there is one stream only; cross-attention needs both")
        return self.image_tokens(self.encoder(image)), self.segmented_tokens(self.segmented_encoder(segmented))


class _Tokens(nn.Module):
    """A map as tokens: normalised, projected, with a learned position and a mark of the stream they come from."""

    def __init__(self, encoder: nn.Module, width: int, grid: Sequence[int], *, positions: bool) -> None:
        super().__init__()
        channels = getattr(encoder, "channels", None)
        if not isinstance(channels, int):
            raise ValueError("an encoder must say its number of channels in an attribute 'channels'")
        self.norm = nn.LayerNorm(channels)
        self.project = nn.Linear(channels, width)
        self.position = nn.Parameter(torch.zeros(1, width, *grid)) if positions else None
        self.stream = nn.Parameter(torch.zeros(width)) if positions else None
        for vector in (self.position, self.stream):
            if vector is not None:
                nn.init.trunc_normal_(vector, std=0.02)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """``(B, channels, h, w)`` to ``(B, h * w, width)``."""
        tokens = self.project(self.norm(features.flatten(2).transpose(1, 2)))
        if self.position is None or self.stream is None:
            return tokens
        position: torch.Tensor = self.position
        if position.shape[2:] != features.shape[2:]:
            position = F.interpolate(position, size=features.shape[2:], mode="bilinear", align_corners=False)
        return tokens + position.flatten(2).transpose(1, 2) + self.stream
