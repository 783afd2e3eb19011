# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Logit adjustment against cross entropy, a figure worked by hand and what it is meant to do."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.losses import LogitAdjustedLoss, logit_adjusted_loss


def batch(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(6, 3, generator=generator, dtype=torch.float64), torch.randint(3, (6,), generator=generator)


def test_a_case_worked_by_hand():
    # equal logits become the log shares 9/10 and 1/10 (and their squares for tau 2): the rare class pays ln 10, ln 82
    target, logits = torch.tensor([1]), torch.zeros(1, 2)
    assert LogitAdjustedLoss([90, 10])(logits, target).item() == pytest.approx(math.log(10), rel=1e-6)
    assert LogitAdjustedLoss([90, 10], tau=2.0)(logits, target).item() == pytest.approx(math.log(82), rel=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31))
def test_tau_zero_and_equal_counts_are_cross_entropy(seed):
    logits, target = batch(seed)
    plain = F.cross_entropy(logits, target)
    torch.testing.assert_close(LogitAdjustedLoss([5, 70, 900], tau=0.0)(logits, target), plain)
    torch.testing.assert_close(LogitAdjustedLoss([4, 4, 4])(logits, target), plain)


def test_the_gradient_is_that_of_the_value():
    logits, target = batch(0)
    prior = torch.tensor([0.7, 0.2, 0.1])
    assert torch.autograd.gradcheck(lambda x: logit_adjusted_loss(x, target, prior), (logits.requires_grad_(),))


@pytest.mark.parametrize("counts", [[1], [3, 0], [3, -1], [[1, 2], [3, 4]]])
def test_counts_that_are_no_class_counts_are_refused(counts):
    with pytest.raises(ValueError, match="class_counts must hold two or more positive numbers, got"):
        LogitAdjustedLoss(counts)


def test_another_number_of_classes_is_told():
    with pytest.raises(ValueError, match="logits have 3 classes, class_counts has 2"):
        LogitAdjustedLoss([1, 2])(torch.zeros(1, 3), torch.tensor([0]))
