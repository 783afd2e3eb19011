# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A cleaned mask is one lesion without holes; SciPy is the oracle."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from scipy import ndimage

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import CleanLesionMask, CleanLesionMaskd, clean_mask, mask_is_usable
from tests.transforms.images import disc, masks


def by_scipy(mask):
    filled = ndimage.binary_fill_holes(mask.numpy()[0])
    labels, count = ndimage.label(filled, structure=np.ones((3, 3)))
    if count == 0:
        return filled
    return labels == 1 + np.bincount(labels.ravel())[1:].argmax()


@settings(deadline=None, max_examples=80)
@given(masks)
def test_agrees_with_scipy(mask):
    out = clean_mask(mask)
    assert out.shape == mask.shape and out.dtype == torch.uint8
    ours, theirs = out.numpy()[0] > 0, by_scipy(mask)
    if (ours != theirs).any():  # two lesions of one size: either is right
        assert ours.sum() == theirs.sum()


@settings(deadline=None, max_examples=40)
@given(masks)
def test_cleaning_twice_changes_nothing_more(mask):
    once = clean_mask(mask)
    assert torch.equal(clean_mask(once), once)


def test_fills_the_hole_and_drops_the_speck():
    truth = disc(80, 90)
    noisy = truth.clone()
    noisy[0, 38:43, 40:45] = 0
    noisy[0, 2:5, 2:5] = 1
    assert torch.equal(clean_mask(noisy), truth)


def test_a_hole_open_to_the_border_is_no_hole():
    mask = torch.ones(1, 20, 20, dtype=torch.uint8)
    mask[0, 5:10, 0:5] = 0
    assert torch.equal(clean_mask(mask), mask)


def test_the_threshold_itself_is_lesion():
    probability = torch.full((1, 4, 4), 0.5)
    assert clean_mask(probability).all() and not clean_mask(probability - 1e-6).any()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a10_an_even_map_gives_an_even_mask(value):
    assert (clean_mask(torch.full((1, 9, 7), value)) == value).all()


@pytest.mark.parametrize(("covered", "usable"), [(0, False), (4, False), (5, True), (980, True), (981, False)])
def test_a_mask_is_usable_from_half_a_percent_to_98_percent(covered, usable):
    mask = torch.zeros(1000)
    mask[:covered] = 1
    assert mask_is_usable(mask.reshape(1, 20, 50)) is usable
    assert mask_is_usable(mask.reshape(20, 50).bool().numpy()) is usable


def test_dictionary_form_equals_array_form():
    item = {"pred": torch.rand(1, 30, 30), "id": 1}
    out = CleanLesionMaskd("pred", threshold=0.6)(item)
    assert torch.equal(out["pred"], CleanLesionMask(0.6)(item["pred"])) and out["id"] == 1


@pytest.mark.parametrize("shape", [(2, 9, 9), (9, 9), (1, 0, 9)])
def test_names_the_bad_shape(shape):
    with pytest.raises(InvalidInputError, match=r"^mask: shape is \(.*expected \(1, H, W\)"):
        CleanLesionMask()(torch.zeros(shape))


@pytest.mark.parametrize("threshold", [0.0, 1.5])
def test_a_threshold_outside_0_to_1_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold must be"):
        CleanLesionMask(threshold)
