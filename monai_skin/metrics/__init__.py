# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Scores of lesion masks, with the conventions each is computed by."""

from __future__ import annotations

from monai_skin.metrics.bootstrap import Interval, bootstrap_mean
from monai_skin.metrics.boundary import boundary_distances
from monai_skin.metrics.overlap import JACCARD_THRESHOLD, OVERLAP_SCORES, LesionOverlap, overlap_scores

__all__ = [
    "JACCARD_THRESHOLD",
    "OVERLAP_SCORES",
    "Interval",
    "LesionOverlap",
    "bootstrap_mean",
    "boundary_distances",
    "overlap_scores",
]
