# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Visual concepts of a lesion image as a bag of instances: encode them, let them look at the image, score, pool."""

from __future__ import annotations

from monai_skin.networks.concept_mil.attention import ConceptCrossAttention
from monai_skin.networks.concept_mil.classifier import ConceptClassifier
from monai_skin.networks.concept_mil.encoder import LocalConceptEncoder
from monai_skin.networks.concept_mil.net import ConceptEvidence, ConceptMILNet
from monai_skin.networks.concept_mil.pooling import top_k_mean

__all__ = [
    "ConceptClassifier",
    "ConceptCrossAttention",
    "ConceptEvidence",
    "ConceptMILNet",
    "LocalConceptEncoder",
    "top_k_mean",
]
