# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts MONAI's engines are given; the engines themselves are MONAI's."""

from __future__ import annotations

from monai_skin.engines.bfloat16_inferer import Bfloat16Inferer
from monai_skin.engines.lesion_batch import PrepareLesionBatch

__all__ = ["Bfloat16Inferer", "PrepareLesionBatch"]
