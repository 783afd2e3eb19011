# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Focal Tversky loss against MONAI's Tversky and a figure worked by hand."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.losses import TverskyLoss

from monai_skin.losses import FocalTverskyLoss

LARGE = 50.0  # a logit whose sigmoid is 1 in float32


def test_a_case_worked_by_hand():
    # one pixel found, one missed, one false: T = 1 / (1 + 0.3 + 0.7) = 0.5 without smoothing
    logits = torch.tensor([LARGE, -LARGE, LARGE, -LARGE]).view(1, 1, 2, 2)
    target = torch.tensor([1.0, 1.0, 0.0, 0.0]).view(1, 1, 2, 2)
    loss = FocalTverskyLoss(alpha=0.3, beta=0.7, gamma=0.75, smooth=1e-9)(logits, target)
    assert loss.item() == pytest.approx(0.5**0.75, abs=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31))
def test_gamma_one_is_monais_tversky_loss(seed):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(3, 1, 6, 6, generator=generator)
    target = (torch.rand(3, 1, 6, 6, generator=generator) > 0.5).float()
    theirs = TverskyLoss(sigmoid=True, alpha=0.3, beta=0.7, smooth_nr=1.0, smooth_dr=1.0)(logits, target)
    torch.testing.assert_close(FocalTverskyLoss(gamma=1.0)(logits, target), theirs)


def test_a_perfect_mask_has_a_finite_gradient():
    logits = torch.full((1, 1, 4, 4), LARGE, requires_grad=True)
    FocalTverskyLoss()(logits, torch.ones(1, 1, 4, 4)).backward()
    assert bool(torch.isfinite(logits.grad).all())


def test_gamma_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="gamma must be positive, got 0"):
        FocalTverskyLoss(gamma=0)
