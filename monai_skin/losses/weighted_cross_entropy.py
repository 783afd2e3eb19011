# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Cross entropy with a weight for each class, averaged in either of the two usual ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
import torch.nn as nn
import torch.nn.functional as F

__all__ = ["ClassWeightedCrossEntropy", "balanced_class_weights"]

Normalization = Literal["samples", "weights"]


class ClassWeightedCrossEntropy(nn.Module):
    r"""Mean of :math:`w_y \cdot \mathrm{CE}` over samples, or its sum over the sum of their weights.

    The first is the ``class_weight`` of Keras: a batch of one class costs that class's weight times its plain cross
    entropy. The second is PyTorch's, where such a batch costs its plain cross entropy whatever the weight. With equal
    weights of 1 both are :func:`torch.nn.functional.cross_entropy`.

    Shapes:
        logits ``(B, K)``, target ``(B,)`` integer; returns a scalar.

    Args:
        class_weights: ``K`` numbers that are not negative, not all of them 0.
        normalization: what the weighted sum is divided by: the number of "samples", or their "weights".
        label_smoothing: share of the target spread evenly over all classes. By "samples" the smoothed loss has the
            weight of the sample's own class, as in Keras; by "weights" every class's term has its own, as in PyTorch.

    Raises:
        ValueError: weights, normalization or smoothing that make no sense; from ``forward``, another number of classes.
    """

    class_weights: torch.Tensor

    def __init__(
        self,
        class_weights: Sequence[float],
        *,
        normalization: Normalization = "samples",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        weights = torch.as_tensor(class_weights, dtype=torch.float32)
        usable = weights.ndim == 1 and len(weights) > 1 and bool(torch.isfinite(weights).all())
        if not usable or bool((weights < 0).any()) or not bool(weights.any()):
            raise ValueError(f"class_weights must be two or more numbers, none negative, got {list(class_weights)}")
        if normalization not in get_args(Normalization):
            raise ValueError(f"normalization must be 'samples' or 'weights', got {normalization!r}")
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"label_smoothing must be at least 0 and less than 1, got {label_smoothing}")
        self.normalization, self.label_smoothing = normalization, label_smoothing
        self.register_buffer("class_weights", weights, persistent=False)

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if logits.shape[1] != len(self.class_weights):
            raise ValueError(f"logits have {logits.shape[1]} classes, class_weights has {len(self.class_weights)}")
        weights = self.class_weights.to(logits)
        if self.normalization == "weights":
            return F.cross_entropy(logits, target, weight=weights, label_smoothing=self.label_smoothing)
        losses = F.cross_entropy(logits, target, reduction="none", label_smoothing=self.label_smoothing)
        return (weights[target] * losses).mean()


def balanced_class_weights(counts: Sequence[int]) -> list[float]:
    r"""Weights under which every class has the same say in all: :math:`w_c = N / (C \, n_c)`.

    Args:
        counts: training images of each class, all positive.

    Raises:
        ValueError: a class without images.

    >>> balanced_class_weights([10, 30])
    [2.0, 0.6666666666666666]
    """
    if not counts or min(counts) <= 0:
        raise ValueError(f"counts must be one or more positive numbers, got {list(counts)}")
    return [sum(counts) / (len(counts) * count) for count in counts]
