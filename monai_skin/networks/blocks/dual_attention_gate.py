# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Spatial and channel gate on a skip connection."""

from __future__ import annotations

import torch
import torch.nn as nn

__all__ = ["DualAttentionGate"]

_MODES = ("both", "spatial", "channel", "none")


class DualAttentionGate(nn.Module):
    r"""Multiply a skip by a spatial map and a channel vector, both conditioned on the decoder's signal.

    The spatial half is the additive gate of Oktay et al., "Attention U-Net", 2018, https://arxiv.org/abs/1804.03999;
    the channel half excites channels from the pooled skip and gate, after Hu et al., "Squeeze-and-Excitation
    Networks", CVPR 2018, https://arxiv.org/abs/1709.01507. How Atiq & Fattah (2025) combine them is not public:
    this is a reconstruction, ``skip * alpha * beta``.

    Shapes:
        skip: ``(B, skip_channels, H, W)``.
        gate: ``(B, gate_channels, H, W)``, already at the skip's size.
        returns: like ``skip``; never larger in magnitude.

    Args:
        skip_channels: channels of the encoder map.
        gate_channels: channels of the decoder map.
        mode: ``both``, ``spatial``, ``channel`` or ``none`` (the plain U-Net skip, for ablations).
    """

    def __init__(self, *, skip_channels: int, gate_channels: int, mode: str = "both") -> None:
        super().__init__()
        if mode not in _MODES:
            raise ValueError(f"mode must be one of {', '.join(_MODES)}, got {mode!r}")
        self.spatial = _SpatialGate(skip_channels, gate_channels) if mode in ("both", "spatial") else None
        self.channel = _ChannelGate(skip_channels, gate_channels) if mode in ("both", "channel") else None

    def forward(self, skip: torch.Tensor, gate: torch.Tensor) -> torch.Tensor:
        gated = skip
        if self.spatial is not None:
            gated = gated * self.spatial(skip, gate)
        if self.channel is not None:
            gated = gated * self.channel(skip, gate)
        return gated


class _SpatialGate(nn.Module):
    """``(B, 1, H, W)`` in (0, 1)."""

    def __init__(self, skip_channels: int, gate_channels: int) -> None:
        super().__init__()
        width = max(skip_channels // 2, 8)
        self.from_gate = nn.Conv2d(gate_channels, width, 1)
        self.from_skip = nn.Conv2d(skip_channels, width, 1, bias=False)
        self.psi = nn.Conv2d(width, 1, 1)

    def forward(self, skip: torch.Tensor, gate: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.psi(torch.relu(self.from_gate(gate) + self.from_skip(skip))))


class _ChannelGate(nn.Module):
    """``(B, skip_channels, 1, 1)`` in (0, 1)."""

    def __init__(self, skip_channels: int, gate_channels: int) -> None:
        super().__init__()
        hidden = max(skip_channels // 16, 4)
        self.squeeze = nn.Linear(gate_channels + skip_channels, hidden)
        self.excite = nn.Linear(hidden, skip_channels)

    def forward(self, skip: torch.Tensor, gate: torch.Tensor) -> torch.Tensor:
        pooled = torch.cat([gate.mean(dim=(2, 3)), skip.mean(dim=(2, 3))], dim=1)
        return torch.sigmoid(self.excite(torch.relu(self.squeeze(pooled))))[:, :, None, None]
