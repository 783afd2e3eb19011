# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""`python -m benchmarks` runs every subject that takes minutes, one JSON object each.

The comparisons of networks train for hours and are run by their own names.
"""

from __future__ import annotations

import importlib
import pkgutil

import benchmarks

COMPARISONS = {
    "clinical_ultrasound",
    "concept_networks",
    "diagnosis_networks",
    "heat_on_lesions",
    "segmentation_networks",
    "unfamiliar_pictures",
}
PARTS = {"__main__", "diagnosis_runs", "harness"}

for module in pkgutil.iter_modules(benchmarks.__path__):
    if module.name not in COMPARISONS | PARTS:
        importlib.import_module(f"benchmarks.{module.name}").main()
