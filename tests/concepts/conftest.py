# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Small models, saved once for all tests of concepts, and concepts made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from monai_skin.concepts import ConceptSet, ExtractionSettings, ModelSource, encode_rle
from tests.concepts.small_models import save_detector, save_sam, save_sam2


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """A folder as ``--weights`` takes it."""
    folder = tmp_path_factory.mktemp("weights")
    save_detector(folder / "grounding-dino-base")
    save_sam(folder / "sam-vit-huge")
    save_sam2(folder / "sam2.1-hiera-large")
    return folder


@pytest.fixture
def settings():
    detector = ModelSource("grounding_dino", "someone/detector", folder="there")
    return ExtractionSettings(detector, ModelSource("sam", "someone/segmenter"), prompts=("lesion", "arm"))


@pytest.fixture
def photograph():
    """``(3, 48, 40)`` uint8: noise, with a dark square."""
    pixels = np.random.default_rng(0).integers(150, 220, (3, 48, 40), dtype=np.uint8)
    pixels[:, 10:30, 8:24] //= 3
    return pixels


@pytest.fixture
def concepts():
    """Two concepts of a picture of 4 x 6 pixels."""
    masks = np.zeros((2, 4, 6), bool)
    masks[0, 1:3, 2:5] = True
    masks[1, :, :2] = True
    return ConceptSet(
        vectors=np.arange(512, dtype=np.float32).reshape(2, 256),
        boxes=np.array([[2, 1, 5, 3], [0, 0, 2, 4]], np.float32),
        scores=np.array([0.5, 0.75], np.float32),
        phrase_ids=np.array([0, 1], np.int32),
        phrases=("lesion", "läsion 皮膚"),
        runs=tuple(encode_rle(mask) for mask in masks),
        size=(4, 6),
        image_digest="a" * 64,
    )
