# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Show what a model saw: outlines drawn on the original picture."""

from __future__ import annotations

from monai_skin.interpretability.overlays import draw_lesion_outline, shrink_mask, shrink_picture
from monai_skin.interpretability.soft_attention_maps import render_soft_attention

__all__ = ["draw_lesion_outline", "render_soft_attention", "shrink_mask", "shrink_picture"]
