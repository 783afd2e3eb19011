# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of annotation."""

from __future__ import annotations
