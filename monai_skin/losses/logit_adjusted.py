# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Cross entropy that allows for how often each class was seen."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn as nn
import torch.nn.functional as F

__all__ = ["LogitAdjustedLoss", "logit_adjusted_loss"]


def logit_adjusted_loss(
    logits: torch.Tensor, target: torch.Tensor, prior: torch.Tensor, *, tau: float = 1.0
) -> torch.Tensor:
    r"""Cross entropy after adding :math:`\tau \log \pi_k` to logit :math:`k`.

    Menon et al., "Long-tail learning via logit adjustment", ICLR 2021, https://arxiv.org/abs/2007.07314. The network
    learns logits without the correction, so that their argmax aims at balanced accuracy. With ``tau=0`` this is
    :func:`torch.nn.functional.cross_entropy`.

    Args:
        logits: ``(B, K)``.
        target: ``(B,)`` integer.
        prior: ``(K,)`` share of each class in the training set, all positive.
        tau: strength of the correction.

    Returns:
        A scalar.
    """
    return F.cross_entropy(logits + tau * prior.to(logits).log(), target)


class LogitAdjustedLoss(nn.Module):
    """Class form of :func:`logit_adjusted_loss`.

    Args:
        class_counts: training images per class, all positive; a class never seen cannot be learnt.
        tau: strength of the correction.
    """

    prior: torch.Tensor

    def __init__(self, class_counts: Sequence[int], *, tau: float = 1.0) -> None:
        super().__init__()
        counts = torch.as_tensor(class_counts, dtype=torch.float64)
        if counts.ndim != 1 or len(counts) < 2 or bool((counts <= 0).any()):
            raise ValueError(f"class_counts must hold two or more positive numbers, got {list(class_counts)}")
        self.tau = tau
        self.register_buffer("prior", counts / counts.sum())

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if logits.shape[1] != len(self.prior):
            raise ValueError(f"logits have {logits.shape[1]} classes, class_counts has {len(self.prior)}")
        return logit_adjusted_loss(logits, target, self.prior, tau=self.tau)
