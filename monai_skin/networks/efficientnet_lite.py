# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""EfficientNet-Lite0: an encoder small enough to train on a CPU."""

from __future__ import annotations

import torch
import torch.nn as nn
from monai.networks.nets import EfficientNet

from monai_skin.networks.efficientnet_encoder import with_fast_depthwise

__all__ = ["EfficientNetLite0Encoder"]

# kernel, strides, expansion and channels of each stage, in MONAI's notation; without squeeze and excitation
_STAGES = [
    "r1_k3_s11_e1_i32_o16",
    "r2_k3_s22_e6_i16_o24",
    "r2_k5_s22_e6_i24_o40",
    "r3_k3_s22_e6_i40_o80",
    "r3_k5_s11_e6_i80_o112",
    "r4_k5_s22_e6_i112_o192",
    "r1_k3_s11_e6_i192_o320",
]
_SQUEEZE = ("_se_adaptpool", "_se_reduce_padding", "_se_reduce", "_se_expand_padding", "_se_expand")


class EfficientNetLite0Encoder(EfficientNet):
    """EfficientNet-B0 without squeeze-and-excitation and with ReLU6, up to the map in front of its pooling.

    Liu, "Higher accuracy on vision models with EfficientNet-Lite", TensorFlow blog, 2020, after Tan and Le,
    "EfficientNet", ICML 2019, https://arxiv.org/abs/1905.11946. Layers and names are MONAI's, so that published
    weights in EfficientNet-PyTorch's names fit by :func:`match_imagenet_weights`.

    Shapes:
        image: ``(B, in_channels, H, W)``, ImageNet-normalised; H and W multiples of 32.
        returns: ``(B, 1280, H / 32, W / 32)``.

    Args:
        in_channels: channels of the image.
    """

    def __init__(self, *, in_channels: int = 3) -> None:
        super().__init__(
            _STAGES, in_channels=in_channels, norm=("batch", {"eps": 1e-3, "momentum": 0.1}), drop_connect_rate=0.0
        )
        for unused in ("_avg_pooling", "_dropout", "_fc"):
            setattr(self, unused, nn.Identity())
        for block in list(self.modules()):
            if hasattr(block, "_swish"):
                block._swish = nn.ReLU6(inplace=True)
        with_fast_depthwise(self._blocks)
        for block in list(self._blocks.modules()):
            if hasattr(block, "has_se"):
                for absent in _SQUEEZE:  # TorchScript compiles the branch that is never taken as well
                    setattr(block, absent, nn.Identity())
        self.channels = int(self._bn1.num_features)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        features = self._swish(self._bn0(self._conv_stem(self._conv_stem_padding(inputs))))
        features = self._blocks(features)
        return self._swish(self._bn1(self._conv_head(self._conv_head_padding(features))))
