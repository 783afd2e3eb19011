# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI networks, transforms and bundles for images of skin lesions. For research use only, not for diagnosis."""

from __future__ import annotations

__version__ = "0.1.0"
