# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""From the scores of the concepts to those of the image."""

from __future__ import annotations

from collections.abc import Callable

import torch

__all__ = ["check_mask", "top_k_mean"]

_is_tracing: Callable[[], bool] = torch.jit.is_tracing  # TorchScript would stumble over a comment on its type


def top_k_mean(scores: torch.Tensor, k: int, mask: torch.Tensor | None = None) -> torch.Tensor:
    """Mean of the ``k`` highest scores of each class, or of all where a bag has fewer.

    Each class chooses its own concepts. With ``k=1`` this is the maximum, with ``k`` at least n the mean. A bag in
    which every concept stands twice has the same result for ``k=1``, but not for others.

    Args:
        scores: ``(B, n, C)``.
        k: 1 or more.
        mask: ``(B, n)`` bool, False where a place is empty: never chosen, and its gradient is 0.

    Returns:
        ``(B, C)``.

    Raises:
        ValueError: a bag has no concept, or the mask another shape.

    >>> top_k_mean(torch.tensor([[[3.0], [1.0], [2.0]]]), k=2)
    tensor([[2.5000]])
    """
    most = min(k, scores.shape[1])
    if mask is None:
        return scores.topk(most, dim=1).values.mean(dim=1)
    check_mask(mask, scores)
    best = scores.masked_fill(~mask.unsqueeze(-1), -torch.inf).topk(most, dim=1).values
    count = mask.sum(dim=1, keepdim=True).clamp(max=most)  # (B, 1)
    chosen = torch.arange(most, device=scores.device) < count  # (B, most)
    return best.masked_fill(~chosen.unsqueeze(-1), 0.0).sum(dim=1) / count


def check_mask(mask: torch.Tensor, bags: torch.Tensor) -> None:
    """Refuse a mask of ``(B, n, ...)`` bags that has another shape than ``(B, n)``, or a bag without any concept.

    Raises:
        ValueError: naming what was found.
    """
    if _is_tracing():  # a graph keeps no checks
        return
    if mask.shape != bags.shape[:2]:
        raise ValueError(f"mask has the shape {list(mask.shape)}; expected that of the bags, {list(bags.shape[:2])}")
    if not bool(mask.any(dim=1).all()):
        raise ValueError("mask has a bag without any concept; expected at least one True in each row")
