# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""`python -m benchmarks` runs every subject that takes minutes, one JSON object each.

The comparisons of networks train for hours and are run by their own names.
"""

from __future__ import annotations

import importlib
import pkgutil

import benchmarks

for module in pkgutil.iter_modules(benchmarks.__path__):
    if module.name not in {"__main__", "diagnosis_networks", "harness", "segmentation_networks"}:
        importlib.import_module(f"benchmarks.{module.name}").main()
