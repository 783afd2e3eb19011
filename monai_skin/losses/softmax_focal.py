# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Focal loss for one class out of several."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn as nn
import torch.nn.functional as F

__all__ = ["SoftmaxFocalLoss", "softmax_focal_loss"]


def softmax_focal_loss(
    logits: torch.Tensor, target: torch.Tensor, *, gamma: float = 2.0, alpha: torch.Tensor | None = None
) -> torch.Tensor:
    r"""Mean over images of :math:`-\alpha_y (1 - p_y)^{\gamma} \log p_y`, with the softmax :math:`p_y` of the truth.

    Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, https://arxiv.org/abs/1708.02002. With ``gamma=0``
    and no ``alpha`` this is :func:`torch.nn.functional.cross_entropy`.

    MONAI's ``FocalLoss(use_softmax=True, to_onehot_y=True)`` has the same sum over classes but divides it by their
    number, wants a target with a channel axis, and has no gradient where ``gamma`` is between 0 and 1 and an image is
    certain; hence a form for labels.

    Args:
        logits: ``(B, K)``.
        target: ``(B,)`` integer.
        gamma: how far an image that is already right is passed over; 0 passes none.
        alpha: ``(K,)`` weight of each class; None for all alike.

    Returns:
        A scalar.
    """
    log_right = F.log_softmax(logits, dim=1).gather(1, target[:, None]).squeeze(1)
    # where an image is certain, a power below 1 has an infinite slope
    wrong = (1 - log_right.exp()).clamp_min(torch.finfo(logits.dtype).eps)
    loss = -wrong.pow(gamma) * log_right
    return loss.mean() if alpha is None else (alpha.to(logits)[target] * loss).mean()


class SoftmaxFocalLoss(nn.Module):
    """Class form of :func:`softmax_focal_loss`.

    Args:
        gamma: exponent, 0 or more.
        alpha: weight of each class, in the order of the logits.
    """

    alpha: torch.Tensor | None

    def __init__(self, *, gamma: float = 2.0, alpha: Sequence[float] | None = None) -> None:
        super().__init__()
        if gamma < 0:
            raise ValueError(f"gamma must be 0 or more, got {gamma}")
        if alpha is not None and (not len(alpha) or min(alpha) < 0):
            raise ValueError(f"alpha must hold a weight of 0 or more per class, got {list(alpha)}")
        self.gamma = gamma
        self.register_buffer("alpha", None if alpha is None else torch.tensor(alpha, dtype=torch.float32))

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if self.alpha is not None and len(self.alpha) != logits.shape[1]:
            raise ValueError(f"logits have {logits.shape[1]} classes, alpha has {len(self.alpha)}")
        return softmax_focal_loss(logits, target, gamma=self.gamma, alpha=self.alpha)
