# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The commands of ``python -m monai_skin``, one file each."""

from __future__ import annotations

from monai_skin.cli.main import main

__all__ = ["main"]
