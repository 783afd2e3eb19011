# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The control of a fusion: the same encoder and head on one of the two pictures."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.errors import InvalidInputError
from monai_skin.networks.clinical_ultrasound.presence import check_pair, fill_pair
from monai_skin.networks.resnet_stages import ResNetStageEncoder

__all__ = ["SingleModalityNet"]


class SingleModalityNet(nn.Module):
    """One encoder, the mean of its last map, class logits: the photograph or the ultrasound picture alone.

    It takes the same batches as :class:`ClinicalUltrasoundNet` and does not look at the other picture, so that a
    training differs from that of a pair in the network only.

    Shapes:
        image: ``(B, 3, H, W)``.
        ultrasound: ``(B, 1, H, W)``.
        returns: ``(B, num_classes)`` logits.

    Args:
        clinical_encoder: of the photograph; or
        ultrasound_encoder: of the ultrasound picture.
        num_classes: diagnoses.
        width: features between encoder and head.
        head_dropout: in front of the last layer.

    Raises:
        ValueError: not exactly one encoder.
        InvalidInputError: from ``forward``, the picture it looks at is missing, or one has another shape.
    """

    def __init__(
        self,
        *,
        clinical_encoder: ResNetStageEncoder | None = None,
        ultrasound_encoder: ResNetStageEncoder | None = None,
        num_classes: int = 2,
        width: int = 256,
        head_dropout: float = 0.3,
    ) -> None:
        super().__init__()
        encoder = clinical_encoder or ultrasound_encoder
        if encoder is None or (clinical_encoder is not None and ultrasound_encoder is not None):
            raise ValueError("exactly one of clinical_encoder and ultrasound_encoder must be given")
        self.clinical_encoder, self.ultrasound_encoder = clinical_encoder, ultrasound_encoder
        self.project = nn.Conv2d(encoder.channels[3], width, 1)
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Dropout(head_dropout), nn.Linear(width, num_classes))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, image: torch.Tensor | None = None, ultrasound: torch.Tensor | None = None) -> torch.Tensor:
        if not torch.jit.is_scripting():
            check_pair(image, ultrasound, missing=True)
            self._check_seen(image, ultrasound)
        photo, acoustic, _ = fill_pair(image, ultrasound)
        if self.clinical_encoder is not None:
            features = self.clinical_encoder(photo)[3]
        else:
            features = self.ultrasound_encoder(acoustic)[3]  # type: ignore[misc]
        return self.head(self.project(features).mean(dim=(2, 3)))

    @torch.jit.unused
    def _check_seen(self, image: torch.Tensor | None, ultrasound: torch.Tensor | None) -> None:
        name, seen = ("ultrasound", ultrasound) if self.clinical_encoder is None else ("image", image)
        if seen is None:
            raise InvalidInputError.about(
                "pair", name, "is missing", expected="it, as the network looks at nothing else"
            )
