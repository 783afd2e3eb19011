# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whole models judged: their predictions read, scored with intervals, compared, calibrated and pooled."""

from __future__ import annotations

from monai_skin.evaluation.bootstrap import Difference, Estimate, Resampled, bootstrap, draw_weights
from monai_skin.evaluation.compare import (
    COMPARED_SCORES,
    AreaTest,
    Comparison,
    ModelScores,
    Pair,
    compare_models,
    refuse_overlap,
)
from monai_skin.evaluation.delong import DeLong, delong
from monai_skin.evaluation.ensembles import fit_weights, mean_of_logits, mean_of_probabilities, mean_of_ranks
from monai_skin.evaluation.holm import holm
from monai_skin.evaluation.mcnemar import McNemar, mcnemar
from monai_skin.evaluation.predictions import Predictions, align, read_predictions, write_predictions
from monai_skin.evaluation.resampled_scores import RANKED_SCORES, SCORES, SUMMED_SCORES, ResampledScores
from monai_skin.evaluation.results_table import SCORE_NAMES, to_json, to_markdown, verdict, write_results
from monai_skin.evaluation.temperature import TEMPERATURES, calibrated, fit_temperature, write_calibration
from monai_skin.evaluation.truth import Truth, read_truth

__all__ = [
    "COMPARED_SCORES",
    "RANKED_SCORES",
    "SCORES",
    "SCORE_NAMES",
    "SUMMED_SCORES",
    "TEMPERATURES",
    "AreaTest",
    "Comparison",
    "DeLong",
    "Difference",
    "Estimate",
    "McNemar",
    "ModelScores",
    "Pair",
    "Predictions",
    "Resampled",
    "ResampledScores",
    "Truth",
    "align",
    "bootstrap",
    "calibrated",
    "compare_models",
    "delong",
    "draw_weights",
    "fit_temperature",
    "fit_weights",
    "holm",
    "mcnemar",
    "mean_of_logits",
    "mean_of_probabilities",
    "mean_of_ranks",
    "read_predictions",
    "read_truth",
    "refuse_overlap",
    "to_json",
    "to_markdown",
    "verdict",
    "write_calibration",
    "write_predictions",
    "write_results",
]
