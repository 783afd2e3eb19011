# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tests of the network of photograph and ultrasound and of its parts."""

from __future__ import annotations
