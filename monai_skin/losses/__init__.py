# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Losses MONAI does not have."""

from __future__ import annotations

from monai_skin.losses.clinical_ultrasound import ClinicalUltrasoundLoss, consistency_loss, reconstruction_loss
from monai_skin.losses.concept_mil import ConceptMILLoss, concept_mil_loss
from monai_skin.losses.cost_matrix import CostMatrixLoss, cost_matrix_loss, malignant_cost_matrix
from monai_skin.losses.focal_tversky import FocalTverskyLoss
from monai_skin.losses.logit_adjusted import LogitAdjustedLoss, logit_adjusted_loss
from monai_skin.losses.softmax_focal import SoftmaxFocalLoss, softmax_focal_loss
from monai_skin.losses.weighted_cross_entropy import ClassWeightedCrossEntropy, balanced_class_weights

__all__ = [
    "ClassWeightedCrossEntropy",
    "ClinicalUltrasoundLoss",
    "ConceptMILLoss",
    "CostMatrixLoss",
    "FocalTverskyLoss",
    "LogitAdjustedLoss",
    "SoftmaxFocalLoss",
    "balanced_class_weights",
    "concept_mil_loss",
    "consistency_loss",
    "cost_matrix_loss",
    "logit_adjusted_loss",
    "malignant_cost_matrix",
    "reconstruction_loss",
    "softmax_focal_loss",
]
