# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""`python -m benchmarks` runs every subject that takes minutes, one JSON object each.

The comparison of networks trains six of them for hours and is run by its own name.
"""

from __future__ import annotations

import importlib
import pkgutil

import benchmarks

for module in pkgutil.iter_modules(benchmarks.__path__):
    if module.name not in {"__main__", "harness", "segmentation_networks"}:
        importlib.import_module(f"benchmarks.{module.name}").main()
