# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks; one a file."""

from __future__ import annotations

from monai_skin.networks.clinical_ultrasound import ClinicalUltrasoundNet, SingleModalityNet
from monai_skin.networks.concept_mil import ConceptEvidence, ConceptMILNet, top_k_mean
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
from monai_skin.networks.resnet_stages import ResNetStageEncoder
from monai_skin.networks.soft_attention import SoftAttentionNet
from monai_skin.networks.transformers_encoders import ConvNextV2Encoder, SwinEncoder
from monai_skin.networks.vit_encoder import ViTEncoder

__all__ = [
    "IMAGENET_WEIGHTS",
    "PRETRAINED",
    "ClinicalUltrasoundNet",
    "ConceptEvidence",
    "ConceptMILNet",
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
    "ResNetStageEncoder",
    "SingleModalityNet",
    "SoftAttentionNet",
    "SwinEncoder",
    "ViTEncoder",
    "match_imagenet_weights",
    "match_weights",
    "top_k_mean",
]
