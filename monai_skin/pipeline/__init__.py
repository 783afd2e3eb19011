# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A whole lesion answered: pictures in, results out, by a bundle that was checked first."""

from __future__ import annotations

from monai_skin.pipeline.bundle_check import check_bundle
from monai_skin.pipeline.checks.findings import BundleReport, Finding
from monai_skin.pipeline.find_bundle import find_bundle
from monai_skin.pipeline.segment import SegmentationRun, segment

__all__ = ["BundleReport", "Finding", "SegmentationRun", "check_bundle", "find_bundle", "segment"]
