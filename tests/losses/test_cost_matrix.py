# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The price of a mistake beside the cross entropy."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.labels import VOCABULARIES
from monai_skin.losses import CostMatrixLoss, cost_matrix_loss, malignant_cost_matrix


def batch(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(6, 7, generator=generator, dtype=torch.float64), torch.randint(7, (6,), generator=generator)


def test_a_case_worked_by_hand():
    # p = (1/2, 1/4, 1/4), truth is class 0: ln 2 + 0.1 * (0 * 1/2 + 5 * 1/4 + 1 * 1/4)
    logits = torch.tensor([[math.log(2.0), 0.0, 0.0]])
    loss = CostMatrixLoss([[0, 5, 1], [1, 0, 1], [1, 1, 0]], lambda_cost=0.1)(logits, torch.tensor([0]))
    assert loss.item() == pytest.approx(math.log(2) + 0.15, rel=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.floats(0, 10))
def test_what_stands_beside_cross_entropy_grows_with_lambda_and_is_none_at_0(seed, weight):
    logits, target = batch(seed)
    cost = malignant_cost_matrix("ham10000")
    plain = F.cross_entropy(logits, target)
    assert torch.equal(cost_matrix_loss(logits, target, cost, lambda_cost=0.0), plain)
    once = cost_matrix_loss(logits, target, cost, lambda_cost=weight) - plain
    twice = cost_matrix_loss(logits, target, cost, lambda_cost=2 * weight) - plain
    torch.testing.assert_close(twice, 2 * once)


def test_where_no_mistake_costs_anything_it_is_cross_entropy_and_twice_the_price_costs_twice_as_much():
    logits, target = batch(1)
    plain, cost = F.cross_entropy(logits, target), malignant_cost_matrix("ham10000")
    assert torch.equal(CostMatrixLoss(torch.zeros(7, 7))(logits, target), plain)
    once, twice = (CostMatrixLoss(price)(logits, target) - plain for price in (cost, 2 * cost))
    assert once > 0
    torch.testing.assert_close(twice, 2 * once)


def test_the_gradient_is_that_of_the_value():
    logits, target = batch(0)
    cost = malignant_cost_matrix("ham10000")
    assert torch.autograd.gradcheck(lambda x: cost_matrix_loss(x, target, cost), (logits.requires_grad_(),))


def test_a_cancer_taken_for_something_benign_costs_the_factor_and_every_other_mistake_1():
    names = VOCABULARIES["ham10000"]
    cost = malignant_cost_matrix("ham10000", factor=5)
    for truth in names:
        for answer in names:
            # the three malignant classes of HAM10000
            missed = truth in {"akiec", "bcc", "mel"} and answer in {"bkl", "df", "nv", "vasc"}
            expected = 0 if truth == answer else 5 if missed else 1
            assert cost[names.index(truth), names.index(answer)] == expected, (truth, answer)


@pytest.mark.parametrize(
    ("cost", "problem"),
    [
        ([[0, 1]], r"cost must have as many rows as columns, got shape \(1, 2\)"),
        ([[0, 1], [2, 3]], r"cost of a right answer must be 0, got the diagonal \[0\.0, 3\.0\]"),
        ([[0, -1], [2, 0]], "cost must be 0 or more everywhere, got -1"),
    ],
)
def test_a_matrix_that_makes_no_sense_is_refused(cost, problem):
    with pytest.raises(ValueError, match=problem):
        CostMatrixLoss(cost)


def test_names_and_sizes_that_do_not_fit_are_told():
    with pytest.raises(ValueError, match="vocabulary must be one of ham10000, .*, got 'ham'"):
        malignant_cost_matrix("ham")
    with pytest.raises(ValueError, match="logits have 3 classes, cost has 2"):
        CostMatrixLoss([[0, 1], [1, 0]])(torch.zeros(1, 3), torch.tensor([0]))
