# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Scores of lesion masks and of diagnoses, with the conventions each is computed by."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

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
from monai_skin.metrics.case_means import CaseMeans, case_means
from monai_skin.metrics.classification import (
    PROBABILITY_FLOOR,
    SUM_TOLERANCE,
    accuracy,
    balanced_accuracy,
    brier,
    check_predictions,
    f1_of_macros,
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
from monai_skin.metrics.mahalanobis import ClassGaussians, fit_class_gaussians, ledoit_wolf, mahalanobis_distance
from monai_skin.metrics.selective import (
    RiskCoverage,
    area_under_risk_coverage,
    error_detection_auc,
    risk_coverage,
)
from monai_skin.metrics.uncertainty import free_energy, mutual_information, predictive_entropy

if TYPE_CHECKING:
    from monai_skin.metrics.diagnosis_score import DIAGNOSIS_SCORES, DiagnosisScore
    from monai_skin.metrics.familiarity import (
        FAMILIARITY_FORMAT,
        Familiarity,
        pool_features,
        read_familiarity,
        write_familiarity,
    )
    from monai_skin.metrics.overlap import JACCARD_THRESHOLD, OVERLAP_SCORES, LesionOverlap, overlap_scores

__all__ = [
    "BINS",
    "DIAGNOSIS_SCORES",
    "FAMILIARITY_FORMAT",
    "JACCARD_THRESHOLD",
    "OVERLAP_SCORES",
    "PROBABILITY_FLOOR",
    "SUM_TOLERANCE",
    "CaseMeans",
    "ClassGaussians",
    "DiagnosisScore",
    "Familiarity",
    "Interval",
    "LesionOverlap",
    "ReliabilityBins",
    "RiskCoverage",
    "accuracy",
    "adaptive_calibration_error",
    "area_under_risk_coverage",
    "balanced_accuracy",
    "bin_of",
    "bootstrap_mean",
    "boundary_distances",
    "brier",
    "case_means",
    "check_predictions",
    "classwise_calibration_error",
    "error_detection_auc",
    "expected_calibration_error",
    "f1_of_macros",
    "fit_class_gaussians",
    "free_energy",
    "ledoit_wolf",
    "macro_auc",
    "macro_f1",
    "mahalanobis_distance",
    "malignant_auc",
    "maximum_calibration_error",
    "mutual_information",
    "negative_log_likelihood",
    "net_benefit",
    "one_vs_rest_auc",
    "overlap_scores",
    "pool_features",
    "precision_recall_points",
    "predictive_entropy",
    "read_familiarity",
    "reliability_bins",
    "risk_coverage",
    "roc_auc",
    "roc_points",
    "sensitivity_at_specificity",
    "weighted_auc",
    "write_familiarity",
]

# These need torch and MONAI, which take seconds to import; scores of tables do not.
_IN_MODULE = {
    "DIAGNOSIS_SCORES": "diagnosis_score",
    "DiagnosisScore": "diagnosis_score",
    "FAMILIARITY_FORMAT": "familiarity",
    "Familiarity": "familiarity",
    "JACCARD_THRESHOLD": "overlap",
    "LesionOverlap": "overlap",
    "OVERLAP_SCORES": "overlap",
    "overlap_scores": "overlap",
    "pool_features": "familiarity",
    "read_familiarity": "familiarity",
    "write_familiarity": "familiarity",
}


def __getattr__(name: str) -> object:
    if name not in _IN_MODULE:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(importlib.import_module(f"{__name__}.{_IN_MODULE[name]}"), name)
