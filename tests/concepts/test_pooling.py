# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A concept's vector is the mean of the embedding under its mask."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.concepts import mask_coverage, pool_concepts

BOX = np.array([0, 0, 1, 1], np.float32)


def embedding_of(seed, rows=8, columns=8):
    return np.random.default_rng(seed).normal(size=(5, rows, columns)).astype(np.float32)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 8), st.integers(1, 8), st.integers(0, 99))
def test_a_full_mask_gives_the_mean_of_the_cells_that_are_not_padding(rows, columns, down, across, seed):
    embedding = embedding_of(seed)
    found = pool_concepts(embedding, np.ones((rows, columns), bool), BOX, (float(down), float(across)))
    np.testing.assert_allclose(found, embedding[:, :down, :across].mean((1, 2)), atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(4, 40), st.integers(4, 40), st.floats(2, 8), st.floats(2, 8), st.integers(0, 99))
def test_masks_that_share_the_picture_out_give_its_mean_back_by_area(rows, columns, down, across, seed):
    embedding, parts = embedding_of(seed), np.random.default_rng(seed).integers(0, 3, (rows, columns))
    grid = (down, across)
    masks = [parts == part for part in range(3)]
    shares = [mask_coverage(mask, grid).sum() for mask in masks]
    if min(shares) >= 0.5:  # smaller ones get the cell in their middle instead
        vectors = [pool_concepts(embedding, mask, BOX, grid) for mask in masks]
        whole = pool_concepts(embedding, np.ones((rows, columns), bool), BOX, grid)
        np.testing.assert_allclose(np.average(vectors, axis=0, weights=shares), whole, atol=1e-4)
    # areas are those of the masks: the picture takes down x across cells
    for mask, share in zip(masks, shares, strict=True):
        assert share == pytest.approx(mask.mean() * down * across, abs=1e-3)


def test_a_constant_embedding_gives_a_constant_vector():
    mask = np.zeros((9, 7), bool)
    mask[2:8, 1:5] = True
    found = pool_concepts(np.full((3, 4, 4), 2.5, np.float32), mask, BOX, (4.0, 3.1))
    np.testing.assert_allclose(found, [2.5, 2.5, 2.5], rtol=1e-6)


def test_half_covered_cells_count_half():
    # 4 x 4 pixels on 2 x 2 cells; the left three columns cover cells of the left wholly, those of the right by half:
    # (2 * a + 2 * a + b + b) / 6 with rows alike is (2a + b) / 3
    mask = np.zeros((4, 4), bool)
    mask[:, :3] = True
    np.testing.assert_allclose(mask_coverage(mask, (2.0, 2.0)), [[1, 0.5], [1, 0.5]])
    embedding = np.array([[[3.0, 9.0], [3.0, 9.0]]], np.float32)
    np.testing.assert_allclose(pool_concepts(embedding, mask, BOX), [5.0])


@pytest.mark.parametrize("covered", [0, 3])
def test_a_mask_of_less_than_half_a_cell_gives_the_cell_in_the_middle_of_its_box(covered):
    # 8 x 8 pixels on 2 x 2 cells of 16 pixels: 3 pixels are a fifth of a cell
    mask = np.zeros((8, 8), bool)
    mask.reshape(-1)[:covered] = True
    embedding = np.array([[[1.0, 2.0], [3.0, 4.0]]], np.float32)
    assert pool_concepts(embedding, mask, np.array([5, 0, 7, 2], np.float32)).tolist() == [2.0]
    assert pool_concepts(embedding, mask, np.array([8, 8, 8, 8], np.float32)).tolist() == [4.0]


def test_a_large_mask_is_averaged_as_a_small_one():
    small = np.random.default_rng(0).random((24, 32)) < 0.5
    large = small.repeat(64, 0).repeat(64, 1)  # 3 million pixels
    np.testing.assert_allclose(mask_coverage(large, (6.0, 8.0)), mask_coverage(small, (6.0, 8.0)), atol=1e-5)
