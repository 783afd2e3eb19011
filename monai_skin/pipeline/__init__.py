# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A whole lesion answered: pictures in, results out, by a bundle that was checked first."""

from __future__ import annotations

from monai_skin.pipeline.bundle_check import check_bundle
from monai_skin.pipeline.checks.findings import BundleReport, Finding
from monai_skin.pipeline.data_report import DataReport, report_dataset
from monai_skin.pipeline.diagnose import DiagnosisRun, diagnose
from monai_skin.pipeline.diagnose_pairs import PairRun, diagnose_pairs, takes_pairs
from monai_skin.pipeline.dicom_results import DicomResults, extract_frames, identify_model, write_dicom_results
from monai_skin.pipeline.explain import Explanations, explain
from monai_skin.pipeline.extract_concepts import ExtractionRun, extract_concepts
from monai_skin.pipeline.familiarity import fit_familiarity
from monai_skin.pipeline.find_bundle import find_bundle
from monai_skin.pipeline.metadata import add_metadata, sites_of
from monai_skin.pipeline.model_card import CARD_HEADINGS, write_model_card
from monai_skin.pipeline.nifti_results import NiftiResults, write_nifti_results
from monai_skin.pipeline.out_of_fold import PredictedMasks, predict_masks
from monai_skin.pipeline.segment import SegmentationRun, segment

__all__ = [
    "CARD_HEADINGS",
    "BundleReport",
    "DataReport",
    "DiagnosisRun",
    "DicomResults",
    "Explanations",
    "ExtractionRun",
    "Finding",
    "NiftiResults",
    "PairRun",
    "PredictedMasks",
    "SegmentationRun",
    "add_metadata",
    "check_bundle",
    "diagnose",
    "diagnose_pairs",
    "explain",
    "extract_concepts",
    "extract_frames",
    "find_bundle",
    "fit_familiarity",
    "identify_model",
    "predict_masks",
    "report_dataset",
    "segment",
    "sites_of",
    "takes_pairs",
    "write_dicom_results",
    "write_model_card",
    "write_nifti_results",
]
