# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Scores of lesion masks and of diagnoses, with the conventions each is computed by."""

from __future__ import annotations

from monai_skin.metrics.bootstrap import Interval, bootstrap_mean
from monai_skin.metrics.boundary import boundary_distances
from monai_skin.metrics.calibration import (
    BINS,
    ReliabilityBins,
    adaptive_calibration_error,
    bin_of,
    classwise_calibration_error,
    expected_calibration_error,
    maximum_calibration_error,
    reliability_bins,
)
from monai_skin.metrics.classification import (
    PROBABILITY_FLOOR,
    SUM_TOLERANCE,
    accuracy,
    balanced_accuracy,
    brier,
    check_predictions,
    macro_auc,
    macro_f1,
    malignant_auc,
    negative_log_likelihood,
    one_vs_rest_auc,
    roc_auc,
    sensitivity_at_specificity,
    weighted_auc,
)
from monai_skin.metrics.curves import net_benefit, precision_recall_points, roc_points
from monai_skin.metrics.diagnosis_score import DIAGNOSIS_SCORES, DiagnosisScore
from monai_skin.metrics.overlap import JACCARD_THRESHOLD, OVERLAP_SCORES, LesionOverlap, overlap_scores

__all__ = [
    "BINS",
    "DIAGNOSIS_SCORES",
    "JACCARD_THRESHOLD",
    "OVERLAP_SCORES",
    "PROBABILITY_FLOOR",
    "SUM_TOLERANCE",
    "DiagnosisScore",
    "Interval",
    "LesionOverlap",
    "ReliabilityBins",
    "accuracy",
    "adaptive_calibration_error",
    "balanced_accuracy",
    "bin_of",
    "bootstrap_mean",
    "boundary_distances",
    "brier",
    "check_predictions",
    "classwise_calibration_error",
    "expected_calibration_error",
    "macro_auc",
    "macro_f1",
    "malignant_auc",
    "maximum_calibration_error",
    "negative_log_likelihood",
    "net_benefit",
    "one_vs_rest_auc",
    "overlap_scores",
    "precision_recall_points",
    "reliability_bins",
    "roc_auc",
    "roc_points",
    "sensitivity_at_specificity",
    "weighted_auc",
]
