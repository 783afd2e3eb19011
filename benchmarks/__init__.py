# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Speed against named peers, in one run: `python -m benchmarks.<subject>` prints one JSON object."""

from __future__ import annotations
