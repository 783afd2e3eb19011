# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Published ImageNet weights for the EfficientNet encoder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import torch
import torch.nn as nn

from monai_skin.networks.match_weights import match_weights

__all__ = ["IMAGENET_WEIGHTS", "PublishedWeights", "match_imagenet_weights", "published_efficientnet_name"]


class PublishedWeights(NamedTuple):
    """Where a weight file is published, and the start of its SHA-256 digest, which its name carries."""

    address: str
    digest: str


_RELEASE = "https://github.com/lukemelas/EfficientNet-PyTorch/releases/download/1.0/"
IMAGENET_WEIGHTS: Mapping[str, PublishedWeights] = {
    f"efficientnet-{size}": PublishedWeights(f"{_RELEASE}efficientnet-{size}-{digest}.pth", digest)
    for size, digest in {
        "b0": "355c32eb",
        "b1": "f1951068",
        "b2": "8bb594d6",
        "b3": "5fb5a3c3",
        "b4": "6ed6700e",
        "b5": "b6417697",
        "b6": "c76e70fd",
        "b7": "4652b6dd",
    }.items()
}

# MONAI numbers a block by its stage and then by itself; the published files only by itself.
_STAGE_NUMBER = re.compile(r"^_blocks\.\d+\.(\d+\..+)$")


def published_efficientnet_name(name: str) -> str:
    """What the published files call a tensor of MONAI's EfficientNet."""
    return _STAGE_NUMBER.sub(r"_blocks.\1", name)


def match_imagenet_weights(encoder: nn.Module, published: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Rename published EfficientNet weights to those of an encoder.

    Args:
        encoder: an :class:`EfficientNetEncoder2d`.
        published: the file's tensors; those of the classification head are left over.

    Returns:
        A whole state dict for the encoder.

    Raises:
        InvalidInputError: a tensor the encoder needs is missing or has another shape.
    """
    return match_weights(encoder, published, published_name=published_efficientnet_name, source="ImageNet weights")
