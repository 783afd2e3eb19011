# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Deep-UNet: lesion segmentation with an EfficientNet encoder, dual attention gates and an atrous pyramid."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn as nn
import torch.nn.functional as F

from monai_skin.networks.blocks import AtrousPyramid, DualAttentionGate, SeparableConv
from monai_skin.networks.efficientnet_encoder import EfficientNetEncoder2d

__all__ = ["DeepUNet"]

_DECODER_CHANNELS = (256, 128, 64, 32)
_LAST_CHANNELS = 16


class DeepUNet(nn.Module):
    """Encoder, bottleneck, four gated skips, logits at the image's size.

    A reconstruction after Atiq and Fattah, "Dual-network attention model", 2025, https://arxiv.org/abs/2510.17773.
    Certain from the paper: EfficientNet-B3, a pyramid at the bottleneck, dual attention gates on the skips,
    depthwise-separable convolutions. Widths, rates and the gate's formula are ours.

    Shapes:
        image: ``(B, in_channels, H, W)``, ImageNet-normalised; H and W multiples of 32.
        returns: ``(B, out_channels, H, W)`` logits.

    Args:
        in_channels: channels of the image.
        out_channels: masks to predict.
        encoder_name: any EfficientNet MONAI knows.
        gate: ``both``, ``spatial``, ``channel`` or ``none``; see :class:`DualAttentionGate`.
        pyramid: False replaces the atrous pyramid by one 1x1 convolution of the same width, for ablations.
        pyramid_rates: dilations of the pyramid.

    Raises:
        ValueError: from ``forward``, if H or W is not a multiple of 32.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        out_channels: int = 1,
        encoder_name: str = "efficientnet-b3",
        gate: str = "both",
        pyramid: bool = True,
        pyramid_rates: Sequence[int] = (2, 4, 6),
    ) -> None:
        super().__init__()
        self.encoder = EfficientNetEncoder2d(model_name=encoder_name, in_channels=in_channels)
        *skips, deepest = self.encoder.channels
        width = _DECODER_CHANNELS[0]
        self.bottleneck: nn.Module = (
            AtrousPyramid(in_channels=deepest, out_channels=width, rates=pyramid_rates)
            if pyramid
            else nn.Sequential(nn.Conv2d(deepest, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
        )
        gates = [width, *_DECODER_CHANNELS[:-1]]
        self.levels = nn.ModuleList(
            _DecoderLevel(skip_channels=skip, gate_channels=below, out_channels=out, gate=gate)
            for skip, below, out in zip(reversed(skips), gates, _DECODER_CHANNELS, strict=True)
        )
        self.last = nn.Sequential(
            SeparableConv(_DECODER_CHANNELS[-1], _LAST_CHANNELS), SeparableConv(_LAST_CHANNELS, _LAST_CHANNELS)
        )
        self.head = nn.Conv2d(_LAST_CHANNELS, out_channels, 1)
        # the order convolutions are fast in, on CPU and CUDA
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        if image.shape[2] % 32 != 0 or image.shape[3] % 32 != 0:
            raise ValueError(f"image is {image.shape[2]} x {image.shape[3]}; expected multiples of 32")
        features = self.encoder(image)
        signal = self.bottleneck(features[4])
        for index, level in enumerate(self.levels):
            signal = level(signal, features[3 - index])
        return self.head(self.last(_double(signal)))


class _DecoderLevel(nn.Module):
    """Double the signal, gate the skip by it, join both, convolve twice."""

    def __init__(self, *, skip_channels: int, gate_channels: int, out_channels: int, gate: str) -> None:
        super().__init__()
        self.gate = DualAttentionGate(skip_channels=skip_channels, gate_channels=gate_channels, mode=gate)
        self.convs = nn.Sequential(
            SeparableConv(gate_channels + skip_channels, out_channels), SeparableConv(out_channels, out_channels)
        )

    def forward(self, signal: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        signal = _double(signal)
        return self.convs(torch.cat([signal, self.gate(skip, signal)], dim=1))


def _double(signal: torch.Tensor) -> torch.Tensor:
    return F.interpolate(signal, scale_factor=2.0, mode="bilinear", align_corners=False)
