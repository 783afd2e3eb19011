# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts of the app for MONAI Label."""

from __future__ import annotations
