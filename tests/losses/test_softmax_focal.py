# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Softmax focal loss against cross entropy, MONAI's focal loss and a figure worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.losses import FocalLoss

from monai_skin.losses import SoftmaxFocalLoss, softmax_focal_loss


def batch(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(6, 4, generator=generator, dtype=torch.float64)
    return logits, torch.randint(4, (6,), generator=generator)


def test_a_case_worked_by_hand():
    # logits ln 3 and 0 give p = 3/4 and 1/4; class 0 is true once, class 1 once:
    # (0.5 * (1/4)^2 * ln(4/3) + 2 * (3/4)^2 * ln 4) / 2
    logits = torch.tensor([[math.log(3.0), 0.0], [math.log(3.0), 0.0]])
    loss = SoftmaxFocalLoss(gamma=2.0, alpha=[0.5, 2.0])(logits, torch.tensor([0, 1]))
    assert loss.item() == pytest.approx((0.5 / 16 * math.log(4 / 3) + 2 * 9 / 16 * math.log(4)) / 2, rel=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31))
def test_gamma_zero_is_cross_entropy(seed):
    logits, target = batch(seed)
    torch.testing.assert_close(softmax_focal_loss(logits, target, gamma=0.0), F.cross_entropy(logits, target))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.floats(0.1, 9))
def test_a_factor_of_all_class_weights_is_a_factor_of_the_loss(seed, factor):
    logits, target = batch(seed)
    alpha = [0.1, 0.2, 0.3, 0.4]
    more = SoftmaxFocalLoss(alpha=[factor * weight for weight in alpha])(logits, target)
    torch.testing.assert_close(more, factor * SoftmaxFocalLoss(alpha=alpha)(logits, target))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.sampled_from([0.0, 1.0, 2.0, 3.5]))
def test_monais_focal_loss_times_the_number_of_classes_is_ours(seed, gamma):
    logits, target = batch(seed)
    alpha = [0.1, 0.2, 0.3, 0.4]
    theirs = FocalLoss(use_softmax=True, to_onehot_y=True, gamma=gamma, alpha=alpha)(logits, target[:, None])
    ours = SoftmaxFocalLoss(gamma=gamma, alpha=alpha)(logits, target)
    torch.testing.assert_close(ours.float(), 4 * theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_the_gradient_is_that_of_the_value(gamma):
    logits, target = batch(0)
    alpha = torch.tensor([0.1, 0.2, 0.3, 0.4])
    assert torch.autograd.gradcheck(
        lambda x: softmax_focal_loss(x, target, gamma=gamma, alpha=alpha), (logits.requires_grad_(),)
    )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_certain_images_right_and_wrong_have_a_finite_gradient(gamma):
    logits = torch.tensor([[90.0, 0.0], [0.0, 90.0]], requires_grad=True)
    softmax_focal_loss(logits, torch.tensor([0, 0]), gamma=gamma).backward()
    assert bool(torch.isfinite(logits.grad).all())
    assert logits.grad[1].abs().max() > 0.4


def test_arguments_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="gamma must be 0 or more, got -1"):
        SoftmaxFocalLoss(gamma=-1)
    with pytest.raises(ValueError, match=r"alpha must hold a weight of 0 or more per class, got \[1, -1\]"):
        SoftmaxFocalLoss(alpha=[1, -1])
    with pytest.raises(ValueError, match="logits have 3 classes, alpha has 2"):
        SoftmaxFocalLoss(alpha=[1, 1])(torch.zeros(1, 3), torch.tensor([0]))
