# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Feature-wise linear modulation: a vector scales and shifts the channels of a map."""

from __future__ import annotations

import torch
import torch.nn as nn

__all__ = ["FiLM"]


class FiLM(nn.Module):
    """Scale and shift every channel by amounts read from a conditioning vector.

    Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", AAAI 2018,
    https://arxiv.org/abs/1709.07871. The scale is learned as its distance from 1 and the layer begins at zero, so at
    first the map passes unchanged.

    Shapes:
        features: ``(B, channels, h, w)``.
        conditioning: ``(B, conditioning)``.
        returns: ``(B, channels, h, w)``.

    Args:
        channels: of the map.
        conditioning: numbers of the vector.
    """

    def __init__(self, *, channels: int, conditioning: int) -> None:
        super().__init__()
        self.project = nn.Linear(conditioning, 2 * channels)
        nn.init.zeros_(self.project.weight)
        nn.init.zeros_(self.project.bias)

    def forward(self, features: torch.Tensor, conditioning: torch.Tensor) -> torch.Tensor:
        scale, shift = self.project(conditioning)[:, :, None, None].chunk(2, dim=1)
        return features * (1 + scale) + shift
