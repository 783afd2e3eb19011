# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The parts of the static bundle check; :func:`monai_skin.pipeline.check_bundle` puts them together."""

from __future__ import annotations

__all__: list[str] = []
