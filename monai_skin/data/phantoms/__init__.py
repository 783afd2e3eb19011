# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Phantoms: made-up dermoscopy images, pairs of photograph and ultrasound, and bags of concepts, with the truth."""

from __future__ import annotations

from monai_skin.data.phantoms.concept_bags import BAG_CLASSES, ConceptBags, make_concept_bags
from monai_skin.data.phantoms.make import PHANTOM_CLASSES, Phantom, make_phantom
from monai_skin.data.phantoms.pairs import PhantomPair, make_phantom_pair, write_phantom_pairs
from monai_skin.data.phantoms.write import write_phantoms

__all__ = [
    "BAG_CLASSES",
    "PHANTOM_CLASSES",
    "ConceptBags",
    "Phantom",
    "PhantomPair",
    "make_concept_bags",
    "make_phantom",
    "make_phantom_pair",
    "write_phantom_pairs",
    "write_phantoms",
]
