# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""From a picture to visual concepts, found once and kept on disk."""

from __future__ import annotations

from monai_skin.concepts.cache import ConceptCache, open_cache
from monai_skin.concepts.cache_file import read_concepts, write_concepts
from monai_skin.concepts.concept_set import WHOLE_IMAGE, ConceptSet
from monai_skin.concepts.drawing import draw_concepts
from monai_skin.concepts.grounded_sam import GroundedSamProposer
from monai_skin.concepts.grounding_dino import Detections, GroundingDinoDetector
from monai_skin.concepts.load import LoadConceptsd
from monai_skin.concepts.pooling import mask_coverage, pool_concepts
from monai_skin.concepts.presets import PRESETS, build_proposer, in_weights, preset
from monai_skin.concepts.proposer import ConceptProposer
from monai_skin.concepts.proxy import ProxyProposer
from monai_skin.concepts.region_encoder import RegionEncoder, fixed_projection
from monai_skin.concepts.regions import REGION_PHRASES, Region, find_regions, otsu_lesion
from monai_skin.concepts.rle import decode_rle, encode_rle
from monai_skin.concepts.sam import EncodedPicture, Sam2Segmenter, SamSegmenter, Segment
from monai_skin.concepts.select import box_overlaps, select_concepts
from monai_skin.concepts.settings import (
    POOLINGS,
    PROMPTS,
    ExtractionSettings,
    ModelSource,
    read_settings,
    write_settings,
)

__all__ = [
    "POOLINGS",
    "PRESETS",
    "PROMPTS",
    "REGION_PHRASES",
    "WHOLE_IMAGE",
    "ConceptCache",
    "ConceptProposer",
    "ConceptSet",
    "Detections",
    "EncodedPicture",
    "ExtractionSettings",
    "GroundedSamProposer",
    "GroundingDinoDetector",
    "LoadConceptsd",
    "ModelSource",
    "ProxyProposer",
    "Region",
    "RegionEncoder",
    "Sam2Segmenter",
    "SamSegmenter",
    "Segment",
    "box_overlaps",
    "build_proposer",
    "decode_rle",
    "draw_concepts",
    "encode_rle",
    "find_regions",
    "fixed_projection",
    "in_weights",
    "mask_coverage",
    "open_cache",
    "otsu_lesion",
    "pool_concepts",
    "preset",
    "read_concepts",
    "read_settings",
    "select_concepts",
    "write_concepts",
    "write_settings",
]
