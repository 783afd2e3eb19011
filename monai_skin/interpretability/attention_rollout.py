# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Attention as a map: rollout through layers of self-attention, and what queries see in an image."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from monai_skin.errors import InvalidInputError

__all__ = ["attention_over_image", "attention_rollout"]

_ROUNDING = 1e-2  # of a row's sum; half precision adds up to no better


def attention_rollout(attentions: Sequence[torch.Tensor]) -> torch.Tensor:
    r"""Follow attention from the last layer's tokens to the input's.

    Abnar and Zuidema, "Quantifying Attention Flow in Transformers", ACL 2020, https://arxiv.org/abs/2005.00928:
    heads are averaged, the residual connection is taken as half, :math:`\hat A = (A + I) / 2`, and layers are
    multiplied, :math:`\hat A_L \dots \hat A_1`. It knows nothing of values and feed-forward layers, and of no class.
    For shifted windows, as in Swin, and for attention between two sets of tokens it is not defined.

    Args:
        attentions: ``(B, heads, N, N)`` of each layer, first to last, rows adding up to 1.

    Returns:
        ``(B, N, N)`` float32; row i says from which tokens of the input token i of the last layer comes, and adds up
        to 1.

    Raises:
        InvalidInputError: there is none, or one has another shape, or rows do not add up to 1.
    """
    if not attentions:
        raise InvalidInputError.about("rollout", "attentions", "are empty", expected="one a layer")
    shape = attentions[0].shape
    for number, attention in enumerate(attentions):
        if attention.shape != shape or attention.ndim != 4 or shape[2] != shape[3]:
            problem = f"have shape {tuple(attention.shape)} in layer {number}"
            raise InvalidInputError.about("rollout", "attentions", problem, expected="(B, heads, N, N) in each layer")
        _check_rows(attention, "rollout")
    identity = torch.eye(shape[2], device=attentions[0].device)
    flow = identity.expand(shape[0], -1, -1)
    for attention in attentions:
        mixed = (attention.detach().float().mean(dim=1) + identity) / 2
        flow = mixed / mixed.sum(dim=2, keepdim=True) @ flow
    return flow


def attention_over_image(weights: torch.Tensor, grid: tuple[int, int], query: int | None = None) -> torch.Tensor:
    """Show what queries of a cross-attention see in an image, as a map; heads are averaged.

    Args:
        weights: ``(B, heads, N, h * w)``, rows adding up to 1: of :meth:`DualEncoderNet.cross_attention` as they are,
            of :meth:`ImageMetadataNet.cross_attention` with their last two axes flattened.
        grid: rows and columns ``(h, w)`` of the map the keys come from.
        query: whose attention; None is the mean of all. Metadata's are 0 the summary, 1 age, 2 sex, 3 site.

    Returns:
        ``(B, h, w)`` float32; each adds up to 1.

    Raises:
        InvalidInputError: another shape, rows that do not add up to 1, or there is no such query.
    """
    if weights.ndim != 4 or weights.shape[3] != grid[0] * grid[1]:
        problem = f"have shape {tuple(weights.shape)}"
        expected = f"(B, heads, N, {grid[0] * grid[1]}) for a map of {grid[0]} x {grid[1]}"
        raise InvalidInputError.about("attention", "weights", problem, expected=expected)
    if query is not None and not 0 <= query < weights.shape[2]:
        raise InvalidInputError.about("attention", "query", f"is {query}", expected=f"0 to {weights.shape[2] - 1}")
    _check_rows(weights, "attention")
    seen = weights.detach().float().mean(dim=1)
    return (seen.mean(dim=1) if query is None else seen[:, query]).reshape(-1, *grid)


def _check_rows(weights: torch.Tensor, source: str) -> None:
    sums = weights.detach().float().sum(dim=3)
    if not bool(((sums - 1).abs() <= _ROUNDING).all()):
        raise InvalidInputError.about(source, "rows", "do not all add up to 1", expected="weights behind a softmax")
