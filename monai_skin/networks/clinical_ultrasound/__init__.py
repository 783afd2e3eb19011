# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A photograph and an ultrasound picture of one lesion, joined by attention; one part a file."""

from __future__ import annotations

from monai_skin.networks.clinical_ultrasound.attention import MultiHeadAttention, TransformerLayer
from monai_skin.networks.clinical_ultrasound.global_attention import GlobalAttention
from monai_skin.networks.clinical_ultrasound.heads import PairHeads
from monai_skin.networks.clinical_ultrasound.local_attention import LocalAttention, ModalityAttention
from monai_skin.networks.clinical_ultrasound.net import ClinicalUltrasoundNet
from monai_skin.networks.clinical_ultrasound.reconstruction import FeatureReconstruction, Rebuilt, choose_hidden
from monai_skin.networks.clinical_ultrasound.single import SingleModalityNet
from monai_skin.networks.clinical_ultrasound.tokens import Projection, ScaleMerge

__all__ = [
    "ClinicalUltrasoundNet",
    "FeatureReconstruction",
    "GlobalAttention",
    "LocalAttention",
    "ModalityAttention",
    "MultiHeadAttention",
    "PairHeads",
    "Projection",
    "Rebuilt",
    "ScaleMerge",
    "SingleModalityNet",
    "TransformerLayer",
    "choose_hidden",
]
