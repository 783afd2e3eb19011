# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The loss of the concept network: cross entropy, and what several classes of one image do to it."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.losses import ConceptMILLoss, concept_mil_loss

LOGITS = 3 * torch.randn(6, 5, generator=torch.Generator().manual_seed(0))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 4), min_size=6, max_size=6))
def test_with_one_class_an_image_it_is_cross_entropy(classes):
    target = torch.tensor(classes)
    logits = LOGITS.double()
    expected = F.cross_entropy(logits, target)
    torch.testing.assert_close(concept_mil_loss(logits, target), expected, rtol=0, atol=1e-7)
    torch.testing.assert_close(ConceptMILLoss()(logits, F.one_hot(target, 5)), expected, rtol=0, atol=1e-7)


def test_two_classes_count_one_half_each_and_opinions_by_their_weight():
    # softmax of ln 3, ln 2, 0: 1/2, 1/3, 1/6
    logits = torch.tensor([[math.log(3.0), math.log(2.0), 0.0]])
    both = -(math.log(1 / 2) + math.log(1 / 6)) / 2
    assert concept_mil_loss(logits, torch.tensor([[1, 0, 1]])).item() == pytest.approx(both)
    weighted = -(0.75 * math.log(1 / 2) + 0.25 * math.log(1 / 3))  # votes of 1.5 and 0.5
    assert concept_mil_loss(logits, torch.tensor([[1.5, 0.5, 0.0]])).item() == pytest.approx(weighted)


def test_binary_cross_entropy_judges_each_class_by_itself():
    target = torch.tensor([[1.0, 0.0, 1.0, 0.5, 0.0]])
    loss = ConceptMILLoss(kind="bce")(LOGITS[:1], target)
    p = LOGITS[:1].double().sigmoid()
    expected = -(target * p.log() + (1 - target) * (1 - p).log()).mean()
    assert loss.item() == pytest.approx(expected.item())
    assert concept_mil_loss(LOGITS, torch.zeros(6, dtype=torch.int64), kind="bce").isfinite()


@pytest.mark.parametrize("kind", ["cross_entropy", "bce"])
def test_the_gradient_is_that_of_the_value(kind):
    logits = LOGITS.double().requires_grad_()
    target = torch.tensor([[1.0, 0.5, 0.0, 0.0, 0.0]] * 6, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: concept_mil_loss(x, target, kind=kind), (logits,))


@pytest.mark.parametrize(
    ("target", "kind", "problem"),
    [
        (torch.ones(6, 4), "bce", r"target has the shape \(6, 4\), logits have \(6, 5\)"),
        (torch.zeros(6, 5), "bce", "target has a weight below 0 or an image without any class"),
        (-torch.ones(6, 5), "cross_entropy", "target has a weight below 0"),
        (torch.full((6, 5), 1.5), "bce", "target has a weight of 1.5; binary cross entropy takes at most 1"),
    ],
)
def test_targets_that_make_no_sense_are_refused(target, kind, problem):
    with pytest.raises(ValueError, match=problem):
        concept_mil_loss(LOGITS, target, kind=kind)


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="kind must be one of cross_entropy, bce, got 'hinge'"):
        ConceptMILLoss(kind="hinge")
