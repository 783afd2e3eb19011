# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The networks of the soft-attention paper; one trunk a file."""

from __future__ import annotations

from monai_skin.networks.soft_attention.densenet201 import DenseNet201Trunk
from monai_skin.networks.soft_attention.inception_resnet_v2 import InceptionResNetV2Trunk
from monai_skin.networks.soft_attention.net import SoftAttentionNet
from monai_skin.networks.soft_attention.resnet34 import ResNet34Tail, ResNet34Trunk
from monai_skin.networks.soft_attention.resnet50 import ResNet50Trunk
from monai_skin.networks.soft_attention.vgg16 import VGG16Tail, VGG16Trunk

__all__ = [
    "DenseNet201Trunk",
    "InceptionResNetV2Trunk",
    "ResNet34Tail",
    "ResNet34Trunk",
    "ResNet50Trunk",
    "SoftAttentionNet",
    "VGG16Tail",
    "VGG16Trunk",
]
