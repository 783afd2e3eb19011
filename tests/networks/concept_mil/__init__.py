# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the concept network and its parts."""

from __future__ import annotations
