# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Building blocks of the networks."""

from __future__ import annotations

from monai_skin.networks.blocks.aspp import AtrousPyramid
from monai_skin.networks.blocks.depthwise import DepthwiseConv2d
from monai_skin.networks.blocks.dual_attention_gate import DualAttentionGate
from monai_skin.networks.blocks.separable_conv import SeparableConv

__all__ = ["AtrousPyramid", "DepthwiseConv2d", "DualAttentionGate", "SeparableConv"]
