# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Losses MONAI does not have."""

from __future__ import annotations

from monai_skin.losses.focal_tversky import FocalTverskyLoss

__all__ = ["FocalTverskyLoss"]
