# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Cross-attention of this project's networks as maps: of its last block, and rolled out through all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
import torch.nn as nn

from monai_skin.errors import UsageError
from monai_skin.interpretability.attention_rollout import attention_over_image, attention_rollout
from monai_skin.interpretability.evaluating import evaluating
from monai_skin.networks import DualEncoderNet, ImageMetadataNet
from monai_skin.networks.blocks import CrossAttentionBlock

__all__ = ["cross_attention_map", "cross_attention_streams", "rollout_map"]

_SUMMARY = 0  # the query whose answer goes on to the head


def cross_attention_streams(network: nn.Module) -> tuple[str, ...]:
    """The pictures that tokens of something else look at: "image", "segmented", both, or none."""
    if isinstance(network, DualEncoderNet):
        looks = {"image": network.segmented_looks, "segmented": network.image_looks}
        return tuple(stream for stream, blocks in looks.items() if len(blocks))
    return ("image",) if isinstance(network, ImageMetadataNet) and network.attention is not None else ()


def cross_attention_map(network: nn.Module, inputs: Mapping[str, torch.Tensor], stream: str) -> torch.Tensor:
    """How much a picture's places are looked at, mean over heads.

    Of :class:`DualEncoderNet` the last block counts, and the mean over the tokens of the other picture, as all of them
    go on to the head; of :class:`ImageMetadataNet` it is the summary of age, sex and site that looks.

    Args:
        network: with cross-attention; it runs in evaluation mode and without gradients.
        inputs: its arguments by name, of B items.
        stream: the picture that is looked at, one of :func:`cross_attention_streams`.

    Returns:
        ``(B, h, w)`` float32; each adds up to 1. No class has a say in it.

    Raises:
        UsageError: the network has no such attention.
    """
    _check_stream(network, stream)
    if isinstance(network, ImageMetadataNet):
        with evaluating(network), torch.no_grad():
            weights = network.cross_attention(inputs["image"], inputs.get("clinical"))
        return attention_over_image(weights.flatten(3), _grid(weights), query=_SUMMARY)
    weights_of_blocks, grid = _block_weights(cast(DualEncoderNet, network), inputs, stream)
    return attention_over_image(weights_of_blocks[-1], grid)


def rollout_map(network: nn.Module, inputs: Mapping[str, torch.Tensor], stream: str) -> torch.Tensor:
    r"""Attention rollout through all cross-attention blocks of a dual encoder.

    Plain rollout needs one set of tokens. Here the tokens that look and those that are looked at are taken as one set,
    in which the latter stay as they are, so a block is the matrix :math:`(0, A; 0, I)` of
    :func:`attention_rollout`. With a single block this is :func:`cross_attention_map` up to a factor of 2.

    Args:
        network: a :class:`DualEncoderNet` with cross-attention.
        inputs: its arguments by name, of B items.
        stream: the picture that is looked at, one of :func:`cross_attention_streams`.

    Returns:
        ``(B, h, w)`` float32: how much of the tokens that go on to the head comes from each place, mean over those
        tokens. What it lacks to 1 is what those tokens keep of themselves. No class has a say in it.

    Raises:
        UsageError: another kind of network, or one without such attention.
    """
    if not isinstance(network, DualEncoderNet):
        raise UsageError.about(type(network).__name__, "rollout", "is not defined", expected="a DualEncoderNet")
    _check_stream(network, stream)
    weights_of_blocks, grid = _block_weights(network, inputs, stream)
    flow = attention_rollout([_one_set_of_tokens(weights) for weights in weights_of_blocks])
    looking = weights_of_blocks[0].shape[2]
    return flow[:, :looking, looking:].mean(dim=1).reshape(-1, *grid)


def _check_stream(network: nn.Module, stream: str) -> None:
    streams = cross_attention_streams(network)
    if stream not in streams:
        expected = " or ".join(map(repr, streams)) or "a network with cross-attention"
        raise UsageError.about(type(network).__name__, "stream", f"is {stream!r}", expected=expected)


def _block_weights(
    network: DualEncoderNet, inputs: Mapping[str, torch.Tensor], stream: str
) -> tuple[list[torch.Tensor], tuple[int, int]]:
    """``(B, heads, N, M)`` of each block that looks at a picture, first to last, and the picture's grid."""
    blocks = network.segmented_looks if stream == "image" else network.image_looks
    encoder = cast(nn.Module, network.encoder if stream == "image" else network.segmented_encoder)
    asked: list[tuple[torch.Tensor, torch.Tensor]] = []
    grids: list[tuple[int, int]] = []
    hooks = [block.register_forward_pre_hook(lambda _, arguments: asked.append(arguments)) for block in blocks]
    hooks.append(encoder.register_forward_hook(lambda _, __, features: grids.append(_grid(features))))
    try:
        with evaluating(network), torch.no_grad():
            network(**{key: value for key, value in inputs.items() if key != "clinical"})
            weights = [
                cast(CrossAttentionBlock, block).weights(*arguments)
                for block, arguments in zip(blocks, asked, strict=True)
            ]
    finally:
        for hook in hooks:
            hook.remove()
    return weights, grids[0]


def _one_set_of_tokens(weights: torch.Tensor) -> torch.Tensor:
    """``(B, heads, N, M)`` of N tokens that look at M others as ``(B, heads, N + M, N + M)``."""
    looking, seen = weights.shape[2:]
    joint = weights.new_zeros(*weights.shape[:2], looking + seen, looking + seen)
    joint[:, :, :looking, looking:] = weights
    joint[:, :, looking:, looking:] = torch.eye(seen, device=weights.device)
    return joint


def _grid(features: Any) -> tuple[int, int]:
    return int(features.shape[-2]), int(features.shape[-1])
