# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What happens when in a run: Ignite handlers, one idea each."""

from __future__ import annotations

from monai_skin.handlers.average_weights import AverageWeights
from monai_skin.handlers.best_weights import SaveBestWeights, StopWhenStalled
from monai_skin.handlers.checkpoint import Checkpoint
from monai_skin.handlers.clip_gradients import ClipGradients
from monai_skin.handlers.collect_features import CollectFeatures, features_layer
from monai_skin.handlers.fail_on_non_finite import FailOnNonFinite
from monai_skin.handlers.flag_unfamiliar import FlagUnfamiliar
from monai_skin.handlers.initial_weights import InitialWeights
from monai_skin.handlers.load_weights import LoadWeights
from monai_skin.handlers.log_training import LogTraining
from monai_skin.handlers.main_process import is_main_process
from monai_skin.handlers.measure_view_spread import MeasureViewSpread
from monai_skin.handlers.pretrained_weights import PretrainedEncoder
from monai_skin.handlers.ramp_loss import RampLoss
from monai_skin.handlers.seed_epochs import SeedEpochs
from monai_skin.handlers.show_progress import ShowProgress
from monai_skin.handlers.step_scheduler import StepScheduler
from monai_skin.handlers.tensorboard_panel import TensorBoardPanel
from monai_skin.handlers.weight_cache import fetch_weights
from monai_skin.handlers.write_case_diagnoses import WriteCaseDiagnoses
from monai_skin.handlers.write_clinical_values import WriteClinicalValues
from monai_skin.handlers.write_concept_evidence import WriteConceptEvidence
from monai_skin.handlers.write_diagnoses import WriteDiagnoses
from monai_skin.handlers.write_diagnosis_report import WriteDiagnosisReport
from monai_skin.handlers.write_diagnosis_scores import WriteDiagnosisScores
from monai_skin.handlers.write_explanations import WriteExplanations
from monai_skin.handlers.write_lesion_masks import WriteLesionMasks
from monai_skin.handlers.write_overlap_scores import WriteOverlapScores
from monai_skin.handlers.write_report import WriteReport

__all__ = [
    "AverageWeights",
    "Checkpoint",
    "ClipGradients",
    "CollectFeatures",
    "FailOnNonFinite",
    "FlagUnfamiliar",
    "InitialWeights",
    "LoadWeights",
    "LogTraining",
    "MeasureViewSpread",
    "PretrainedEncoder",
    "RampLoss",
    "SaveBestWeights",
    "SeedEpochs",
    "ShowProgress",
    "StepScheduler",
    "StopWhenStalled",
    "TensorBoardPanel",
    "WriteCaseDiagnoses",
    "WriteClinicalValues",
    "WriteConceptEvidence",
    "WriteDiagnoses",
    "WriteDiagnosisReport",
    "WriteDiagnosisScores",
    "WriteExplanations",
    "WriteLesionMasks",
    "WriteOverlapScores",
    "WriteReport",
    "features_layer",
    "fetch_weights",
    "is_main_process",
]
