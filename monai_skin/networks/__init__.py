# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks; one a file."""

from __future__ import annotations

from monai_skin.networks.deep_unet import DeepUNet
from monai_skin.networks.densenet_encoder import DenseNetEncoder
from monai_skin.networks.dual_encoder import DualEncoderNet
from monai_skin.networks.efficientnet_encoder import EfficientNetEncoder2d
from monai_skin.networks.efficientnet_lite import EfficientNetLite0Encoder
from monai_skin.networks.image_encoders import EfficientNetMapEncoder, ResNetMapEncoder
from monai_skin.networks.image_metadata_net import ImageMetadataNet
from monai_skin.networks.imagenet_weights import IMAGENET_WEIGHTS, PublishedWeights, match_imagenet_weights
from monai_skin.networks.match_weights import match_weights
from monai_skin.networks.pretrained import PRETRAINED, HubWeights, PackagedWeights, PretrainedWeights
from monai_skin.networks.soft_attention import SoftAttentionNet
from monai_skin.networks.transformers_encoders import ConvNextV2Encoder, SwinEncoder

__all__ = [
    "IMAGENET_WEIGHTS",
    "PRETRAINED",
    "ConvNextV2Encoder",
    "DeepUNet",
    "DenseNetEncoder",
    "DualEncoderNet",
    "EfficientNetEncoder2d",
    "EfficientNetLite0Encoder",
    "EfficientNetMapEncoder",
    "HubWeights",
    "ImageMetadataNet",
    "PackagedWeights",
    "PretrainedWeights",
    "PublishedWeights",
    "ResNetMapEncoder",
    "SoftAttentionNet",
    "SwinEncoder",
    "match_imagenet_weights",
    "match_weights",
]
