# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Show what a model saw: outlines and heat maps on the original picture, and what spoke for a class."""

from __future__ import annotations

from monai_skin.interpretability.attention_rollout import attention_over_image, attention_rollout
from monai_skin.interpretability.clinical_background import clinical_grid, read_clinical_background
from monai_skin.interpretability.cross_attention_maps import cross_attention_map, rollout_map
from monai_skin.interpretability.default_layer import default_layer
from monai_skin.interpretability.faithfulness import FaithfulnessCurve, blur_picture, deletion_curve, insertion_curve
from monai_skin.interpretability.grad_cam import grad_cam
from monai_skin.interpretability.heat import enlarge_heat, stretch_heat
from monai_skin.interpretability.heat_overlay import draw_heat_map
from monai_skin.interpretability.localisation import heat_in_lesion, pointing_game
from monai_skin.interpretability.map_methods import MAP_METHODS, MapMethod, draw_map, map_methods_of, stream_of
from monai_skin.interpretability.network_as_function import (
    function_of_clinical,
    function_of_pictures,
    takes_clinical,
)
from monai_skin.interpretability.occlusion import occlusion_sensitivity
from monai_skin.interpretability.overlays import draw_lesion_outline, shrink_mask, shrink_picture
from monai_skin.interpretability.pair_attention_maps import (
    global_attention_map,
    global_attention_streams,
    local_attention_map,
    local_attention_streams,
)
from monai_skin.interpretability.removal_areas import RemovalAreas, removal_areas
from monai_skin.interpretability.shapley import CLINICAL_FIELDS, ShapleyValues, exact_shapley
from monai_skin.interpretability.soft_attention_maps import render_soft_attention

__all__ = [
    "CLINICAL_FIELDS",
    "MAP_METHODS",
    "FaithfulnessCurve",
    "MapMethod",
    "RemovalAreas",
    "ShapleyValues",
    "attention_over_image",
    "attention_rollout",
    "blur_picture",
    "clinical_grid",
    "cross_attention_map",
    "default_layer",
    "deletion_curve",
    "draw_heat_map",
    "draw_lesion_outline",
    "draw_map",
    "enlarge_heat",
    "exact_shapley",
    "function_of_clinical",
    "function_of_pictures",
    "global_attention_map",
    "global_attention_streams",
    "grad_cam",
    "heat_in_lesion",
    "insertion_curve",
    "local_attention_map",
    "local_attention_streams",
    "map_methods_of",
    "occlusion_sensitivity",
    "pointing_game",
    "read_clinical_background",
    "removal_areas",
    "render_soft_attention",
    "rollout_map",
    "shrink_mask",
    "shrink_picture",
    "stream_of",
    "stretch_heat",
    "takes_clinical",
]
