# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the network of a photograph and an ultrasound picture looks, as maps of either picture."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn as nn

from monai_skin.errors import UsageError
from monai_skin.interpretability.evaluating import evaluating
from monai_skin.networks import ClinicalUltrasoundNet

__all__ = ["global_attention_map", "global_attention_streams", "local_attention_map", "local_attention_streams"]

_OTHER = {"image": "ultrasound", "ultrasound": "image"}
_SCALES = (2, 3, 4)


def local_attention_streams(network: nn.Module) -> tuple[str, ...]:
    """Both pictures of a network whose pictures look at each other; none otherwise."""
    return tuple(_OTHER) if isinstance(network, ClinicalUltrasoundNet) and network.local2 is not None else ()


def global_attention_streams(network: nn.Module) -> tuple[str, ...]:
    """Both pictures of a network with a summary that looks at them; none otherwise."""
    has = isinstance(network, ClinicalUltrasoundNet) and network.global_attention is not None
    return tuple(_OTHER) if has else ()


def local_attention_map(network: nn.Module, inputs: Mapping[str, torch.Tensor], stream: str) -> torch.Tensor:
    """How much a picture's places are looked at by those of the other picture, mean over these, heads and scales.

    Args:
        network: a :class:`ClinicalUltrasoundNet` with local attention; it runs in evaluation mode, without gradients.
        inputs: ``image`` and ``ultrasound``, of B items.
        stream: the picture that is looked at, "image" or "ultrasound".

    Returns:
        ``(B, grid, grid)`` float32; each adds up to 1. No class has a say in it.

    Raises:
        UsageError: the network has no such attention, or there is no such picture.
    """
    maps = _maps(network, inputs, stream, local_attention_streams(network))
    return torch.stack([maps[f"{_OTHER[stream]}_at_{stream}_{scale}"] for scale in _SCALES]).mean(dim=0)


def global_attention_map(network: nn.Module, inputs: Mapping[str, torch.Tensor], stream: str) -> torch.Tensor:
    """How much the summary of both pictures looks at a picture's places in its last layer, mean over heads.

    Args:
        network: a :class:`ClinicalUltrasoundNet` with global attention; likewise.
        inputs: as for :func:`local_attention_map`.
        stream: likewise.

    Returns:
        ``(B, grid, grid)`` float32; the maps of both pictures add up to what it does not spend on itself.

    Raises:
        UsageError: as :func:`local_attention_map`.
    """
    return _maps(network, inputs, stream, global_attention_streams(network))[f"summary_at_{stream}"]


def _maps(
    network: nn.Module, inputs: Mapping[str, torch.Tensor], stream: str, streams: tuple[str, ...]
) -> dict[str, torch.Tensor]:
    if stream not in streams:
        expected = " or ".join(map(repr, streams)) or "a network of pairs with such attention"
        raise UsageError.about(type(network).__name__, "stream", f"is {stream!r}", expected=expected)
    with evaluating(network), torch.no_grad():
        maps: dict[str, torch.Tensor] = network.attention_maps(inputs["image"], inputs["ultrasound"])  # type: ignore[operator]
    return {name: each.float() for name, each in maps.items()}
