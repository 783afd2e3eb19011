# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Loss of a concept network, whose forward has pooled the concepts' scores already."""

from __future__ import annotations

from typing import Literal, get_args

import torch
import torch.nn as nn
import torch.nn.functional as F

__all__ = ["ConceptMILLoss", "concept_mil_loss"]

Kind = Literal["cross_entropy", "bce"]


def concept_mil_loss(logits: torch.Tensor, target: torch.Tensor, *, kind: Kind = "cross_entropy") -> torch.Tensor:
    r"""Mean over images of :math:`-\sum_c \hat y_c \log p_c`, with softmax :math:`p` and :math:`\hat y = y / \sum y`.

    The loss of weakly supervised action localisation, Hong et al., "Cross-modal Consensus Network for Weakly Supervised
    Temporal Action Localization" (CO2-Net), 2021, https://arxiv.org/abs/2107.12589. With one class an image this is
    :func:`torch.nn.functional.cross_entropy`.

    Args:
        logits: ``(B, K)``.
        target: ``(B,)`` integer; or ``(B, K)``, 1 for each class that an image has, or a class's weight among several
            opinions.
        kind: "cross_entropy"; or "bce", binary cross entropy of each class with weights as they are, up to 1.

    Returns:
        A scalar.

    Raises:
        ValueError: a target of another shape or below 0, an image without any class, or a weight above 1 for "bce".
    """
    weights = F.one_hot(target, logits.shape[1]) if target.ndim == 1 else target
    if weights.shape != logits.shape:
        raise ValueError(f"target has the shape {tuple(target.shape)}, logits have {tuple(logits.shape)}")
    weights = weights.to(logits.dtype)
    total = weights.sum(dim=1, keepdim=True)
    if bool((weights < 0).any()) or not bool((total > 0).all()):
        raise ValueError("target has a weight below 0 or an image without any class")
    if kind == "cross_entropy":
        return F.cross_entropy(logits, weights / total)
    if bool((weights > 1).any()):
        raise ValueError(f"target has a weight of {float(weights.max()):g}; binary cross entropy takes at most 1")
    return F.binary_cross_entropy_with_logits(logits, weights)


class ConceptMILLoss(nn.Module):
    """Class form of :func:`concept_mil_loss`.

    Args:
        kind: "cross_entropy" or "bce".
    """

    def __init__(self, *, kind: Kind = "cross_entropy") -> None:
        super().__init__()
        if kind not in get_args(Kind):
            raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}, got {kind!r}")
        self.kind = kind

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return concept_mil_loss(logits, target, kind=self.kind)
