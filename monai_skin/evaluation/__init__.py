# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whole models judged: their predictions read, scored with intervals, compared, calibrated and pooled."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from monai_skin.evaluation.bca import bca_interval, jackknife
from monai_skin.evaluation.bootstrap import (
    Difference,
    Estimate,
    Resampled,
    Scorer,
    bootstrap,
    draw_weights,
    lesion_members,
    resample,
)
from monai_skin.evaluation.case_predictions import mean_by_case
from monai_skin.evaluation.compare import (
    COMPARED_SCORES,
    AreaTest,
    Comparison,
    ModelScores,
    Pair,
    compare_models,
    refuse_overlap,
)
from monai_skin.evaluation.conformal import CONFORMAL_SCORES, conformal_scores, fit_conformal, prediction_sets
from monai_skin.evaluation.coverage import CoverageReport, clopper_pearson, coverage_report
from monai_skin.evaluation.delong import DeLong, delong
from monai_skin.evaluation.detailed_scores import CLASS_SCORES, OVERALL_SCORES, DetailedScores, class_score
from monai_skin.evaluation.detection import (
    MEASURES,
    FamiliarityComparison,
    Measures,
    compare_familiarity,
    familiarity_table,
    read_measures,
)
from monai_skin.evaluation.ensembles import fit_weights, mean_of_logits, mean_of_probabilities, mean_of_ranks
from monai_skin.evaluation.error_detection import ErrorDetection, error_detection, error_detection_to_json
from monai_skin.evaluation.evaluate import Evaluation, Score, evaluate_model
from monai_skin.evaluation.evaluation_page import OVERALL_NAMES, render_evaluation
from monai_skin.evaluation.evaluation_tables import (
    EVALUATION_FILES,
    EVALUATION_FORMAT,
    decision_thresholds,
    evaluation_to_json,
    write_evaluation,
)
from monai_skin.evaluation.fit_calibration import CALIBRATION_METHODS, fit_calibration, write_calibration
from monai_skin.evaluation.holm import holm
from monai_skin.evaluation.isotonic import fit_isotonic
from monai_skin.evaluation.mcnemar import McNemar, mcnemar
from monai_skin.evaluation.people import PERSON_COLUMNS, Person, read_people
from monai_skin.evaluation.permutation import permutation_test
from monai_skin.evaluation.plots import (
    plot_decision_curve,
    plot_estimates,
    plot_precision_recall,
    plot_reliability,
    plot_roc,
)
from monai_skin.evaluation.predictions import Predictions, align, malignant_score, read_predictions, write_predictions
from monai_skin.evaluation.resampled_scores import RANKED_SCORES, SCORES, SUMMED_SCORES, ResampledScores
from monai_skin.evaluation.results_table import SCORE_NAMES, to_json, to_markdown, verdict, write_results
from monai_skin.evaluation.subgroup_gaps import GAP_KINDS, Gap, find_gaps
from monai_skin.evaluation.subgroup_scores import SUBGROUP_SCORES, SubgroupScores
from monai_skin.evaluation.subgroup_tables import SUBGROUP_COLUMNS, SUBGROUP_FORMAT, subgroup_rows, subgroups_to_json
from monai_skin.evaluation.subgroups import AGE_BANDS, ATTRIBUTES, Group, SubgroupReport, age_band, subgroup_report
from monai_skin.evaluation.temperature import TEMPERATURES, calibrated, fit_temperature
from monai_skin.evaluation.truth import Truth, read_truth
from monai_skin.evaluation.vector_scaling import PULL, fit_vector
from monai_skin.evaluation.weighted_curve import CurveSums, WeightedCurve

if TYPE_CHECKING:
    from monai_skin.evaluation.conformal_file import CONFORMAL_FORMAT, ConformalSets, read_conformal, write_conformal

__all__ = [
    "AGE_BANDS",
    "ATTRIBUTES",
    "CALIBRATION_METHODS",
    "CLASS_SCORES",
    "COMPARED_SCORES",
    "CONFORMAL_FORMAT",
    "CONFORMAL_SCORES",
    "EVALUATION_FILES",
    "EVALUATION_FORMAT",
    "GAP_KINDS",
    "MEASURES",
    "OVERALL_NAMES",
    "OVERALL_SCORES",
    "PERSON_COLUMNS",
    "PULL",
    "RANKED_SCORES",
    "SCORES",
    "SCORE_NAMES",
    "SUBGROUP_COLUMNS",
    "SUBGROUP_FORMAT",
    "SUBGROUP_SCORES",
    "SUMMED_SCORES",
    "TEMPERATURES",
    "AreaTest",
    "Comparison",
    "ConformalSets",
    "CoverageReport",
    "CurveSums",
    "DeLong",
    "DetailedScores",
    "Difference",
    "ErrorDetection",
    "Estimate",
    "Evaluation",
    "FamiliarityComparison",
    "Gap",
    "Group",
    "McNemar",
    "Measures",
    "ModelScores",
    "Pair",
    "Person",
    "Predictions",
    "Resampled",
    "ResampledScores",
    "Score",
    "Scorer",
    "SubgroupReport",
    "SubgroupScores",
    "Truth",
    "WeightedCurve",
    "age_band",
    "align",
    "bca_interval",
    "bootstrap",
    "calibrated",
    "class_score",
    "clopper_pearson",
    "compare_familiarity",
    "compare_models",
    "conformal_scores",
    "coverage_report",
    "decision_thresholds",
    "delong",
    "draw_weights",
    "error_detection",
    "error_detection_to_json",
    "evaluate_model",
    "evaluation_to_json",
    "familiarity_table",
    "find_gaps",
    "fit_calibration",
    "fit_conformal",
    "fit_isotonic",
    "fit_temperature",
    "fit_vector",
    "fit_weights",
    "holm",
    "jackknife",
    "lesion_members",
    "malignant_score",
    "mcnemar",
    "mean_by_case",
    "mean_of_logits",
    "mean_of_probabilities",
    "mean_of_ranks",
    "permutation_test",
    "plot_decision_curve",
    "plot_estimates",
    "plot_precision_recall",
    "plot_reliability",
    "plot_roc",
    "prediction_sets",
    "read_conformal",
    "read_measures",
    "read_people",
    "read_predictions",
    "read_truth",
    "refuse_overlap",
    "render_evaluation",
    "resample",
    "subgroup_report",
    "subgroup_rows",
    "subgroups_to_json",
    "to_json",
    "to_markdown",
    "verdict",
    "write_calibration",
    "write_conformal",
    "write_evaluation",
    "write_predictions",
    "write_results",
]

# These need torch and MONAI, which take seconds to import; judging a table does not.
_IN_MODULE = {
    "CONFORMAL_FORMAT": "conformal_file",
    "ConformalSets": "conformal_file",
    "read_conformal": "conformal_file",
    "write_conformal": "conformal_file",
}


def __getattr__(name: str) -> object:
    if name not in _IN_MODULE:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(importlib.import_module(f"{__name__}.{_IN_MODULE[name]}"), name)
