# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Building blocks of the networks."""

from __future__ import annotations

from monai_skin.networks.blocks.aspp import AtrousPyramid
from monai_skin.networks.blocks.cross_attention import CrossAttentionBlock
from monai_skin.networks.blocks.depthwise import DepthwiseConv2d
from monai_skin.networks.blocks.dual_attention_gate import DualAttentionGate
from monai_skin.networks.blocks.film import FiLM
from monai_skin.networks.blocks.metadata_cross_attention import MetadataCrossAttention
from monai_skin.networks.blocks.metadata_mlp import MetadataMLP
from monai_skin.networks.blocks.metadata_transformer import MetadataTransformer, unknown_clinical
from monai_skin.networks.blocks.separable_conv import SeparableConv
from monai_skin.networks.blocks.soft_attention import SoftAttention, SoftAttentionBlock

__all__ = [
    "AtrousPyramid",
    "CrossAttentionBlock",
    "DepthwiseConv2d",
    "DualAttentionGate",
    "FiLM",
    "MetadataCrossAttention",
    "MetadataMLP",
    "MetadataTransformer",
    "SeparableConv",
    "SoftAttention",
    "SoftAttentionBlock",
    "unknown_clinical",
]
