# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks; one a file."""

from __future__ import annotations

from monai_skin.networks.deep_unet import DeepUNet
from monai_skin.networks.efficientnet_encoder import EfficientNetEncoder2d

__all__ = ["DeepUNet", "EfficientNetEncoder2d"]
