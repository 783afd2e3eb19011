# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Phantoms: made-up dermoscopy images with masks and metadata that are known to be true."""

from __future__ import annotations

from monai_skin.data.phantoms.make import PHANTOM_CLASSES, Phantom, make_phantom
from monai_skin.data.phantoms.write import write_phantoms

__all__ = ["PHANTOM_CLASSES", "Phantom", "make_phantom", "write_phantoms"]
