# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Hiding the tokens a network relies on, and making it say what they were."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import torch
import torch.nn as nn

from monai_skin.networks.clinical_ultrasound.attention import TransformerLayer

__all__ = ["FeatureReconstruction", "MaskPolicy", "Rebuilt", "choose_hidden"]

MaskPolicy = Literal["top", "random", "mixed"]


def choose_hidden(scores: torch.Tensor, count: int, policy: MaskPolicy = "mixed") -> torch.Tensor:
    """Choose tokens to hide.

    Args:
        scores: ``(B, N)``, how much each token is relied on.
        count: tokens to hide of each picture.
        policy: "top" takes those with the largest scores; "random" any; "mixed" half of ``count``, rounded down, by
            score and the others at random among the rest.

    Returns:
        ``(B, count)`` their places, each once.
    """
    if policy == "top":
        return scores.topk(count, dim=1).indices
    rank = torch.rand(scores.shape, device=scores.device)
    if policy == "mixed":
        rank = rank.scatter(1, scores.topk(count // 2, dim=1).indices, 2.0)  # above every number drawn
    return rank.topk(count, dim=1).indices


class Rebuilt(NamedTuple):
    """What came of hiding tokens.

    Args:
        clinical: ``(B, N, width)``, the hidden tokens replaced by the rebuilt ones.
        ultrasound: likewise.
        found: ``(B, 2 * count, width)``, the rebuilt tokens, clinical first.
        truth: ``(B, 2 * count, width)``, what they were; no gradient.
        places: ``(B, 2 * count)``, where they stood among the ``2 * N``.
    """

    clinical: torch.Tensor
    ultrasound: torch.Tensor
    found: torch.Tensor
    truth: torch.Tensor
    places: torch.Tensor


class FeatureReconstruction(nn.Module):
    """Feature reconstruction learning, for training only.

    A reconstruction from the abstract of Xiao et al., IEEE Transactions on Medical Imaging 44(1), 2025,
    https://doi.org/10.1109/TMI.2024.3450682, which says what such a strategy is for, features that tell more and a
    focus that is corrected, and not what it is. Ours hides of each picture some of the tokens that are looked at most,
    and rebuilds them from the others and from the other picture by one transformer layer.

    Args:
        tokens: of each modality.
        width: of a token.
        heads: attention heads of the decoder.
        hidden: width of its feed-forward layer.
        share: of the tokens to hide, rounded to whole tokens.
        policy: see :func:`choose_hidden`.
        dropout: of the decoder.
    """

    def __init__(
        self,
        *,
        tokens: int = 49,
        width: int = 256,
        heads: int = 8,
        hidden: int = 1024,
        share: float = 0.3,
        policy: MaskPolicy = "mixed",
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if policy not in get_args(MaskPolicy):
            raise ValueError(f"policy must be one of {', '.join(get_args(MaskPolicy))}, got {policy!r}")
        self.count, self.policy = round(share * tokens), policy
        if not 0 < self.count < tokens:
            raise ValueError(f"share must hide at least one token of {tokens} and leave one, got {share}")
        self.mask = nn.Parameter(torch.empty(width))
        nn.init.trunc_normal_(self.mask, std=0.02)
        self.decoder = TransformerLayer(width=width, heads=heads, hidden=hidden, dropout=dropout)
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width))

    @torch.jit.unused  # for training only
    def forward(
        self, clinical: torch.Tensor, ultrasound: torch.Tensor, scores: torch.Tensor, marks: torch.Tensor
    ) -> Rebuilt:
        """Hide and rebuild.

        Args:
            clinical: ``(B, N, width)`` tokens.
            ultrasound: likewise.
            scores: ``(B, 2 * N)``, how much each is relied on.
            marks: ``(1, 2 * N, width)``, of place and modality, which hidden tokens keep.
        """
        own, other = (choose_hidden(part, self.count, self.policy) for part in scores.detach().chunk(2, dim=1))
        places = torch.cat([own, other + clinical.shape[1]], dim=1)
        tokens = torch.cat([clinical, ultrasound], dim=1)
        hidden = torch.zeros(tokens.shape[:2], dtype=torch.bool, device=tokens.device).scatter(1, places, True)
        masked = torch.where(hidden[:, :, None], self.mask.to(tokens.dtype), tokens) + marks
        rebuilt = self.out(self.decoder(masked)[0]).to(tokens.dtype)
        whole = torch.where(hidden[:, :, None], rebuilt, tokens)
        at = places[:, :, None].expand(-1, -1, tokens.shape[2])
        return Rebuilt(
            clinical=whole[:, : clinical.shape[1]],
            ultrasound=whole[:, clinical.shape[1] :],
            found=rebuilt.gather(1, at),
            truth=tokens.detach().gather(1, at),
            places=places,
        )
