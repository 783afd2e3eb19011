# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The mean of the k highest scores: sorting by numpy as oracle, what k and the mask do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.networks import top_k_mean

bags = st.tuples(st.integers(0, 2**31), st.integers(1, 9), st.integers(1, 12))  # seed, concepts, k
several = settings(deadline=None, max_examples=25)


def drawn(seed: int, concepts: int) -> torch.Tensor:
    return torch.randn(3, concepts, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@several
@given(bags)
def test_each_class_averages_its_own_k_best_or_all(bag):
    seed, concepts, k = bag
    scores = drawn(seed, concepts)
    expected = np.sort(scores.numpy(), axis=1)[:, ::-1][:, :k].mean(axis=1)
    np.testing.assert_allclose(top_k_mean(scores, k).numpy(), expected)


@several
@given(bags)
def test_k_1_is_the_maximum_k_n_the_mean_and_more_is_never_higher(bag):
    seed, concepts, k = bag
    scores = drawn(seed, concepts)
    assert torch.equal(top_k_mean(scores, 1), scores.amax(dim=1))
    torch.testing.assert_close(top_k_mean(scores, concepts), scores.mean(dim=1))
    assert bool((top_k_mean(scores, k + 1) <= top_k_mean(scores, k) + 1e-12).all())


@several
@given(bags, st.integers(0, 5))
def test_empty_places_are_never_chosen_and_have_no_gradient(bag, empty):
    seed, concepts, k = bag
    scores = drawn(seed, concepts)
    padded = torch.cat([scores, torch.full((3, empty, 4), 1e6, dtype=torch.float64)], dim=1).requires_grad_()
    mask = (torch.arange(concepts + empty) < concepts).expand(3, -1)
    pooled = top_k_mean(padded, k, mask)
    torch.testing.assert_close(pooled, top_k_mean(scores, k))
    pooled.sum().backward()
    assert not padded.grad[:, concepts:].any()
    torch.testing.assert_close(padded.grad.sum(dim=(0, 1)), torch.full((4,), 3.0, dtype=torch.float64))


def test_bags_of_different_size_average_what_each_has():
    scores = torch.tensor([[[3.0], [2.0], [1.0]], [[3.0], [2.0], [1.0]], [[3.0], [2.0], [1.0]]])
    mask = torch.tensor([[True, True, True], [False, True, True], [False, False, True]])
    assert top_k_mean(scores, 2, mask).tolist() == [[2.5], [1.5], [1.0]]


def test_a_bag_in_which_every_concept_stands_twice_keeps_its_maximum_but_not_its_k_best():
    scores = drawn(0, 5)
    doubled = scores.repeat(1, 2, 1)
    assert torch.equal(top_k_mean(doubled, 1), top_k_mean(scores, 1))
    assert not torch.allclose(top_k_mean(doubled, 2), top_k_mean(scores, 2))
    torch.testing.assert_close(top_k_mean(doubled, 4), top_k_mean(scores, 2))


def test_half_precision_keeps_its_type():
    scores = drawn(0, 4).bfloat16()
    mask = torch.ones(3, 4, dtype=torch.bool)
    assert top_k_mean(scores, 2, mask).dtype is top_k_mean(scores, 2).dtype is torch.bfloat16


def test_a_mask_that_cannot_be_right_is_refused():
    with pytest.raises(ValueError, match="mask has a bag without any concept; expected at least one True in each row"):
        top_k_mean(drawn(0, 2), 1, torch.tensor([[True, True], [False, False], [True, False]]))
    with pytest.raises(ValueError, match=r"mask has the shape \[3, 1\]; expected that of the bags, \[3, 2\]"):
        top_k_mean(drawn(0, 2), 1, torch.ones(3, 1, dtype=torch.bool))
