# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Words to boxes to masks to vectors, with every pooling."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from monai_skin.concepts import GroundedSamProposer, box_overlaps, pool_concepts, preset
from monai_skin.io import Picture

SIZE = (48, 40)


@pytest.fixture(scope="module")
def usual(weights):
    settings = preset("grounded-sam", weights)
    return replace(settings, prompts=("lesion", "皮膚"), box_threshold=0.5, max_concepts=4)


@pytest.fixture(scope="module")
def proposer(usual):
    return GroundedSamProposer(usual)


def test_each_vector_is_the_mean_of_sams_embedding_under_its_mask(proposer, photograph):
    found = proposer.propose(Picture(photograph, SIZE))
    encoded = proposer.segmenter.encode(photograph, SIZE)
    made = list(proposer.segmenter.segment(encoded, found.boxes))
    assert 0 < len(found) <= 4 and found.phrases == ("lesion", "皮膚") and not proposer.settings.is_proxy
    for index in range(len(found)):
        np.testing.assert_array_equal(found.mask(index), made[index].mask)
        expected = pool_concepts(encoded.embedding, found.mask(index), found.boxes[index], encoded.grid)
        np.testing.assert_array_equal(found.vectors[index], expected)
    lesions = found.phrase_ids == 0
    assert lesions[: lesions.sum()].all()  # they come first
    overlaps = box_overlaps(found.boxes, found.boxes) * (found.phrase_ids[:, None] == found.phrase_ids)
    assert (overlaps[~np.eye(len(found), dtype=bool)] <= 0.8).all()


def test_the_settings_know_the_digests_of_the_weights_in_use(proposer, usual):
    assert len(proposer.settings.detector.sha256) == len(proposer.settings.segmenter.sha256) == 64
    assert proposer.settings.digest != usual.digest


@pytest.mark.parametrize("pooling", ["mask_token", "box_tokens", "box_crop"])
def test_the_other_poolings_give_the_same_concepts_other_vectors(proposer, usual, photograph, pooling):
    means = proposer.propose(Picture(photograph, SIZE))
    found = GroundedSamProposer(replace(usual, pooling=pooling)).propose(Picture(photograph, SIZE))
    np.testing.assert_array_equal(found.boxes, means.boxes)
    assert found.vectors.shape == means.vectors.shape and not np.allclose(found.vectors, means.vectors)
    if pooling != "box_crop":
        made = proposer.segmenter.segment(proposer.segmenter.encode(photograph, SIZE), means.boxes)
        np.testing.assert_array_equal(found.vectors, [getattr(each, pooling) for each in made])
        return
    left, top = np.floor(found.boxes[0, :2]).astype(int)
    right, bottom = np.ceil(found.boxes[0, 2:]).astype(int)
    crop = photograph[:, top:bottom, left:right]
    encoded = proposer.segmenter.encode(crop, crop.shape[1:])
    whole = pool_concepts(encoded.embedding, np.ones(crop.shape[1:], bool), found.boxes[0], encoded.grid)
    np.testing.assert_allclose(found.vectors[0], whole, atol=1e-5)


def test_a_picture_in_which_nothing_is_found_is_one_concept(usual, photograph):
    found = GroundedSamProposer(replace(usual, box_threshold=1.0)).propose(Picture(photograph, SIZE))
    assert len(found) == 1 and found.phrase(0) == "image" and found.mask(0).all()
    assert found.boxes.tolist() == [[0, 0, 40, 48]] and np.isfinite(found.vectors).all()


def test_a_photograph_of_twelve_million_pixels_needs_a_few_times_its_own_memory(proposer):
    pixels = np.random.default_rng(0).integers(0, 255, (3, 30, 40), dtype=np.uint8).repeat(100, 1).repeat(100, 2)
    tracemalloc.start()
    found = proposer.propose(Picture(pixels, (3000, 4000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.size == (3000, 4000) and len(found) > 1
    assert peak < 8 * pixels.nbytes  # the part of NumPy: thirty masks at a time would be ten times the picture
    assert sum(runs.nbytes for runs in found.runs) < pixels.nbytes
