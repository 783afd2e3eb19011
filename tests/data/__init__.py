# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of data sets, splits, phantoms and downloads."""

from __future__ import annotations
