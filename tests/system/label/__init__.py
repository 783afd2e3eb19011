# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of whole systems: servers and browsers."""

from __future__ import annotations
