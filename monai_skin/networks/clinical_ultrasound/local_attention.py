# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Attention within and between two modalities at one scale of their encoders."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.clinical_ultrasound.attention import MultiHeadAttention
from monai_skin.networks.clinical_ultrasound.tokens import Projection, as_tokens, on_grid

__all__ = ["LocalAttention", "ModalityAttention"]


class ModalityAttention(nn.Module):
    """What the places of one modality see in their own picture and in the other one, joined by a gate.

    Every place asks; the answers come from a coarse grid of either picture, because the two are not registered and
    because a grid keeps the cost linear in the places. The gate weighs the two answers a place and a feature:
    ``g * intra + (1 - g) * inter``.

    Shapes:
        own: ``(B, width, H, W)``.
        own_grid, other_grid: ``(B, width, grid, grid)``.
        returns: ``(B, width, H, W)``, and the weights of both attentions, ``(B, heads, H * W, grid * grid)``.

    Args:
        width: features a place.
        heads: attention heads.
        dropout: of the attentions.
    """

    def __init__(self, *, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm_query, self.norm_own, self.norm_other = (nn.LayerNorm(width) for _ in range(3))
        self.intra = MultiHeadAttention(width=width, heads=heads, dropout=dropout)
        self.inter = MultiHeadAttention(width=width, heads=heads, dropout=dropout)
        self.gate = nn.Linear(2 * width, width)

    def forward(
        self, own: torch.Tensor, own_grid: torch.Tensor, other_grid: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        query = self.norm_query(as_tokens(own))
        within, own_weights = self.intra(query, self.norm_own(as_tokens(own_grid)))
        between, other_weights = self.inter(query, self.norm_other(as_tokens(other_grid)))
        gate = torch.sigmoid(self.gate(torch.cat([within, between], dim=2)))
        joined = gate * within + (1 - gate) * between
        return joined.transpose(1, 2).reshape(own.shape), own_weights, other_weights


class LocalAttention(nn.Module):
    """Local attention-guided learning at one scale: both maps refined by what they see in themselves and each other.

    A reconstruction from the abstract of Xiao et al., IEEE Transactions on Medical Imaging 44(1), 2025,
    https://doi.org/10.1109/TMI.2024.3450682, which says no more than that intra- and inter-modality correlations of
    several scales are used. The result goes back to the encoder's map through a 1x1 convolution that starts at zero, so
    that at first the encoders are left as they were.

    Shapes:
        clinical, ultrasound: ``(B, C, H, W)`` each, of any two channel counts and sizes.
        clinical_present, ultrasound_present: ``(B,)`` bool.
        returns: both maps in their own shape, with what was seen added; both refined maps, ``(B, width, H, W)``.

    Args:
        channels: of the two maps, clinical first.
        width: of the attention.
        heads: attention heads.
        grid: rows and columns of what is looked at.
        dropout: of the attentions.
        missing: whether a picture may be missing.
        back: add to the encoders' maps; False where no stage follows that would see it.
    """

    def __init__(
        self,
        *,
        channels: tuple[int, int],
        width: int = 256,
        heads: int = 4,
        grid: int = 7,
        dropout: float = 0.1,
        missing: bool = False,
        back: bool = True,
    ) -> None:
        super().__init__()
        self.grid = grid
        self.project_clinical, self.project_ultrasound = (
            Projection(count, width, missing=missing) for count in channels
        )
        self.clinical = ModalityAttention(width=width, heads=heads, dropout=dropout)
        self.ultrasound = ModalityAttention(width=width, heads=heads, dropout=dropout)
        self.back_clinical = _from_zero(width, channels[0]) if back else None
        self.back_ultrasound = _from_zero(width, channels[1]) if back else None

    def forward(
        self,
        clinical: torch.Tensor,
        ultrasound: torch.Tensor,
        clinical_present: torch.Tensor,
        ultrasound_present: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        own, other = (
            self.project_clinical(clinical, clinical_present),
            self.project_ultrasound(ultrasound, ultrasound_present),
        )
        own_grid, other_grid = on_grid(own, self.grid), on_grid(other, self.grid)
        seen_clinical = self.clinical(own, own_grid, other_grid)[0]
        seen_ultrasound = self.ultrasound(other, other_grid, own_grid)[0]
        if self.back_clinical is not None:
            clinical = clinical + self.back_clinical(seen_clinical)
        if self.back_ultrasound is not None:
            ultrasound = ultrasound + self.back_ultrasound(seen_ultrasound)
        return clinical, ultrasound, own + seen_clinical, other + seen_ultrasound

    @torch.jit.unused
    def weights(
        self,
        clinical: torch.Tensor,
        ultrasound: torch.Tensor,
        clinical_present: torch.Tensor,
        ultrasound_present: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """Who looks at whose grid, ``(B, heads, H * W, grid * grid)``, each row adding up to 1."""
        own = self.project_clinical(clinical, clinical_present)
        other = self.project_ultrasound(ultrasound, ultrasound_present)
        own_grid, other_grid = on_grid(own, self.grid), on_grid(other, self.grid)
        _, clinical_own, clinical_other = self.clinical(own, own_grid, other_grid)
        _, ultrasound_own, ultrasound_other = self.ultrasound(other, other_grid, own_grid)
        return {
            "image_at_image": clinical_own,
            "image_at_ultrasound": clinical_other,
            "ultrasound_at_ultrasound": ultrasound_own,
            "ultrasound_at_image": ultrasound_other,
        }


def _from_zero(width: int, channels: int) -> nn.Conv2d:
    layer = nn.Conv2d(width, channels, 1)
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
