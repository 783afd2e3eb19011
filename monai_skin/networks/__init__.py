# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks; one a file."""

from __future__ import annotations

from monai_skin.networks.deep_unet import DeepUNet
from monai_skin.networks.efficientnet_encoder import EfficientNetEncoder2d
from monai_skin.networks.imagenet_weights import IMAGENET_WEIGHTS, PublishedWeights, match_imagenet_weights

__all__ = ["IMAGENET_WEIGHTS", "DeepUNet", "EfficientNetEncoder2d", "PublishedWeights", "match_imagenet_weights"]
