# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Focal Tversky loss, for small or badly balanced lesions."""

from __future__ import annotations

import torch
import torch.nn as nn
from monai.losses import TverskyLoss

__all__ = ["FocalTverskyLoss"]


class FocalTverskyLoss(nn.Module):
    r"""Mean over images of :math:`(1 - T)^{\gamma}`, where :math:`T` is the Tversky index.

    Abraham and Khan, "A Novel Focal Tversky Loss Function", ISBI 2019, https://arxiv.org/abs/1810.07842 (their
    exponent is :math:`1/\gamma`). With ``gamma=1`` this is MONAI's ``TverskyLoss``; that with ``alpha=beta=0.5`` is
    the soft Dice loss.

    Shapes:
        logits ``(B, 1, H, W)``, target ``(B, 1, H, W)`` in {0, 1}; returns a scalar in [0, 1].

    Args:
        alpha: weight of false positives.
        beta: weight of false negatives.
        gamma: exponent; below 1 it keeps a gradient on images that are nearly right.
        smooth: added above and below the fraction, so that an empty mask found empty costs 0.
    """

    def __init__(self, *, alpha: float = 0.3, beta: float = 0.7, gamma: float = 0.75, smooth: float = 1.0) -> None:
        super().__init__()
        if gamma <= 0:
            raise ValueError(f"gamma must be positive, got {gamma}")
        self.gamma = gamma
        self.tversky = TverskyLoss(
            sigmoid=True, alpha=alpha, beta=beta, smooth_nr=smooth, smooth_dr=smooth, reduction="none"
        )

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        distance: torch.Tensor = self.tversky(logits, target)
        # where the distance is 0 the root has an infinite slope
        return distance.clamp_min(torch.finfo(distance.dtype).eps).pow(self.gamma).mean()
