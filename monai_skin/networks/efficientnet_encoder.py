# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI's EfficientNet as a pyramid of five maps."""

from __future__ import annotations

import torch
import torch.nn as nn
from monai.networks.nets import EfficientNetBNFeatures

from monai_skin.networks.blocks.depthwise import DepthwiseConv2d

__all__ = ["EfficientNetEncoder2d"]


class EfficientNetEncoder2d(EfficientNetBNFeatures):
    """EfficientNet without its classifier, giving the last map at each of five strides.

    Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019,
    https://arxiv.org/abs/1905.11946. Layers and names are MONAI's, so its published ImageNet weights fit; the
    classification head is dropped and the depthwise layers train at a sensible speed on a CPU.

    Shapes:
        image: ``(B, in_channels, H, W)``, ImageNet-normalised; H and W multiples of 32.
        returns: five maps at strides 2, 4, 8, 16, 32; 24, 32, 48, 136, 384 channels for ``efficientnet-b3``.

    Args:
        model_name: ``efficientnet-b0`` to ``efficientnet-b7``.
        in_channels: channels of the image.
    """

    def __init__(self, *, model_name: str = "efficientnet-b3", in_channels: int = 3) -> None:
        super().__init__(model_name, pretrained=False, in_channels=in_channels)
        for unused in ("_conv_head", "_conv_head_padding", "_bn1", "_avg_pooling", "_dropout", "_fc"):
            setattr(self, unused, nn.Identity())
        with_fast_depthwise(self._blocks)
        with torch.no_grad():
            was_training = self.training
            self.channels = tuple(feature.shape[1] for feature in self.eval()(torch.zeros(1, in_channels, 32, 32)))
            self.train(was_training)


def with_fast_depthwise(blocks: nn.Module) -> None:
    """Give every MONAI block below ``blocks`` the depthwise convolution that trains at a sensible speed on a CPU."""
    for block in list(blocks.modules()):
        conv = getattr(block, "_depthwise_conv", None)
        if isinstance(conv, nn.Conv2d):
            block._depthwise_conv = _as_depthwise(conv)


def _as_depthwise(conv: nn.Conv2d) -> DepthwiseConv2d:
    """The same convolution, weight shared, in the class with the fast gradient."""
    twin = DepthwiseConv2d(
        conv.in_channels,
        kernel_size=int(conv.kernel_size[0]),
        stride=int(conv.stride[0]),
        padding=int(conv.padding[0]),
    )
    twin.weight = conv.weight
    return twin
