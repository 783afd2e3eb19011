# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI's ResNet as an encoder whose four stages can be run one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from monai.networks.nets import ResNet

__all__ = ["ResNetStageEncoder"]

Block = Literal["basic", "bottleneck"]
EXPANSION = {"basic": 1, "bottleneck": 4}
# with fewer, torch 2.13 writes past its memory in the gradient of a strided 1x1 convolution in channels-last order
MIN_CHANNELS = 8


class ResNetStageEncoder(ResNet):
    """ResNet whose maps of all stages are wanted, and may be changed between two stages.

    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, https://arxiv.org/abs/1512.03385. Run
    ``stage1``, ``layer2``, ``layer3`` and ``layer4`` one after the other, or all at once. Layers and names are MONAI's,
    so the published weights of the usual sizes fit: ResNet-18 is "basic" with layers ``[2, 2, 2, 2]``, ResNet-34
    "basic" with ``[3, 4, 6, 3]``, ResNet-50, the default, "bottleneck" with the same.

    Shapes:
        image: ``(B, in_channels, H, W)``.
        returns: the four maps, ``(B, channels[i], H / 4 / 2**i, W / 4 / 2**i)``; with ``stem_stride`` 1 and without
            ``max_pool`` each is larger by 2.

    Args:
        block: "basic" or "bottleneck".
        layers: blocks of each of four stages.
        widths: narrow channels of each stage; the map of a bottleneck has four times as many, and any at least 8.
        in_channels: channels of the image.
        stem_stride: of the first convolution; 1 for pictures of less than 100 pixels.
        max_pool: halve the map once more in front of the first stage.
    """

    def __init__(
        self,
        *,
        block: Block = "bottleneck",
        layers: Sequence[int] = (3, 4, 6, 3),
        widths: Sequence[int] = (64, 128, 256, 512),
        in_channels: int = 3,
        stem_stride: int = 2,
        max_pool: bool = True,
    ) -> None:
        if block not in get_args(Block):
            raise ValueError(f"block must be one of {', '.join(get_args(Block))}, got {block!r}")
        if len(layers) != 4 or len(widths) != 4:
            raise ValueError(f"layers and widths must be four numbers each, got {list(layers)} and {list(widths)}")
        channels = tuple(EXPANSION[block] * width for width in widths)
        if min(channels) < MIN_CHANNELS:
            raise ValueError(f"every map must have at least {MIN_CHANNELS} channels, got {channels}")
        super().__init__(
            block,
            list(layers),
            list(widths),
            spatial_dims=2,
            n_input_channels=in_channels,
            conv1_t_stride=stem_stride,
            no_max_pool=not max_pool,
            feed_forward=False,
            bias_downsample=False,
        )
        self.channels = channels

    def stage1(self, image: torch.Tensor) -> torch.Tensor:
        """The stem and the first stage."""
        features = self.act(self.bn1(self.conv1(image)))
        if not self.no_max_pool:
            features = self.maxpool(features)
        return self.layer1(features)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:  # type: ignore[override]
        first = self.stage1(x)
        second = self.layer2(first)
        third = self.layer3(second)
        return [first, second, third, self.layer4(third)]
