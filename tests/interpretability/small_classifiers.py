# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Small classifiers that explanations are tried on."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks import DenseNetEncoder, DualEncoderNet, ImageMetadataNet

TINY = {"init_features": 8, "growth_rate": 4, "block_config": (1, 1, 1, 1)}


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


class Pooled(nn.Module):
    """Convolution, ReLU in place, mean over the map, linear: the case that has a closed form."""

    def __init__(self, classes: int = 4) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Linear(6, classes)

    def features(self, image: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.conv(image))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.head(self.relu(self.conv(image)).mean(dim=(2, 3)))


def dual_encoder(**options: object) -> DualEncoderNet:
    torch.manual_seed(0)
    encoders = {"encoder": DenseNetEncoder(**TINY), "segmented_encoder": DenseNetEncoder(**TINY)}
    if options.get("streams", "both") != "both":
        encoders["segmented_encoder"] = None
    sizes = {"width": 8, "heads": 2, "hidden": 16, "metadata_width": 8, "num_sites": 5, "token_grid": (2, 3)}
    return DualEncoderNet(**{**encoders, **sizes, **options}).eval()


def image_metadata(fusion: str, **options: object) -> ImageMetadataNet:
    torch.manual_seed(0)
    encoder = None if fusion == "metadata_only" else DenseNetEncoder(**TINY)
    sizes = {"num_sites": 5, "metadata_features": 8, "attention_width": 8, "heads": 2}
    network = ImageMetadataNet(encoder=encoder, fusion=fusion, **{**sizes, **options}).eval()
    if network.film is not None:  # it starts as the identity
        for parameter in network.film.parameters():
            nn.init.normal_(parameter)
    return network


def patients(count: int = 2) -> dict[str, torch.Tensor]:
    """Inputs of the dual encoder: 64 x 96 pixels are 2 x 3 tokens."""
    clinical = torch.tensor([[0.4, 0.0, 1.0, 3.0], [-1.0, 0.0, 2.0, 1.0], [0.0, 1.0, 0.0, 0.0]])
    return {
        "image": drawn(count, 3, 64, 96, seed=1),
        "segmented": drawn(count, 3, 64, 96, seed=2),
        "clinical": clinical[:count],
    }
