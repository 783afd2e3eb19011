# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts MONAI's engines are given; the engines themselves are MONAI's."""

from __future__ import annotations

from monai_skin.engines.bfloat16_inferer import Bfloat16Inferer, has_fast_bfloat16
from monai_skin.engines.diagnosis_batch import PrepareDiagnosisBatch
from monai_skin.engines.dihedral_inferer import DihedralInferer
from monai_skin.engines.keras_adam import KerasAdam
from monai_skin.engines.lesion_batch import PrepareLesionBatch
from monai_skin.engines.parameter_groups import parameter_groups

__all__ = [
    "Bfloat16Inferer",
    "DihedralInferer",
    "KerasAdam",
    "PrepareDiagnosisBatch",
    "PrepareLesionBatch",
    "has_fast_bfloat16",
    "parameter_groups",
]
