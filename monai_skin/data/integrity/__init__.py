# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Check a data set before training on it, and report every problem at once."""

from __future__ import annotations

from monai_skin.data.integrity.check import check_dataset
from monai_skin.data.integrity.report import KINDS, Finding, Report

__all__ = ["KINDS", "Finding", "Report", "check_dataset"]
