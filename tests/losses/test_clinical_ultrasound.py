# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import hypothesis.extra.numpy as hnp
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from monai_skin.losses import (
    ClassWeightedCrossEntropy,
    ClinicalUltrasoundLoss,
    consistency_loss,
    reconstruction_loss,
)

B, K, M, WIDTH = 3, 2, 4, 5
logits = hnp.arrays("float64", (B, K), elements=st.floats(-20, 20)).map(torch.from_numpy)
tokens = hnp.arrays("float64", (B, M, WIDTH), elements=st.floats(-5, 5)).map(torch.from_numpy)
TARGET = torch.tensor([0, 1, 1])


def output(seed: int = 0, *, rebuilt: bool = True) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, requires_grad=True)

    found = {name: drawn(B, K) for name in ("logits", "clinical_logits", "ultrasound_logits")}
    found["present"] = torch.ones(B, 2, dtype=torch.bool)
    if rebuilt:
        found |= {"rebuilt_logits": drawn(B, K), "rebuilt": drawn(B, M, WIDTH), "rebuilt_truth": drawn(B, M, WIDTH)}
    return found


def test_reconstruction_is_measured_by_the_angle():
    truth = torch.tensor([[[1.0, 0], [1, 0], [1, 0], [1, 0]]])
    found = torch.tensor([[[3.0, 0], [0, 2], [-1, 0], [1, 1]]])
    # cosines 1, 0, -1 and 1 / sqrt(2)
    assert reconstruction_loss(found, truth) == pytest.approx((0 + 1 + 2 + 1 - 1 / math.sqrt(2)) / 4)


@settings(deadline=None, max_examples=25)
@given(tokens, tokens)
def test_reconstruction_costs_from_0_to_2_and_nothing_when_right(found, truth):
    assert -1e-6 <= reconstruction_loss(found, truth) <= 2 + 1e-6
    whole = truth + 1  # never a zero vector, which has no direction
    whole[..., 0] = 6
    assert reconstruction_loss(whole, whole) == pytest.approx(0, abs=1e-6)


def test_no_gradient_reaches_what_should_have_been_rebuilt():
    parts = output()
    reconstruction_loss(parts["rebuilt"], parts["rebuilt_truth"]).backward()
    assert parts["rebuilt_truth"].grad is None and parts["rebuilt"].grad.any()


@settings(deadline=None, max_examples=25)
@given(logits, logits)
def test_consistency_is_the_divergence_of_scipy_and_never_negative(first, again):
    found = consistency_loss(first, again)
    expected = entropy(first.softmax(1).numpy(), again.softmax(1).numpy(), axis=1).mean()
    assert found >= -1e-9 and float(found) == pytest.approx(expected, rel=1e-5, abs=1e-9)
    assert consistency_loss(first, first) == pytest.approx(0, abs=1e-9)


def test_consistency_does_not_pull_at_the_first_answer():
    parts = output()
    consistency_loss(parts["logits"], parts["rebuilt_logits"]).backward()
    assert parts["logits"].grad is None and parts["rebuilt_logits"].grad.any()


def test_plain_logits_cost_their_cross_entropy():
    plain = output()["logits"]
    assert torch.equal(ClinicalUltrasoundLoss()(plain, TARGET), F.cross_entropy(plain, TARGET))


def test_all_parts_are_added_up_with_their_weights_and_the_ramp():
    parts, loss = output(), ClinicalUltrasoundLoss()
    loss.ramp = 0.4
    cross = {name: F.cross_entropy(value, TARGET) for name, value in parts.items() if name.endswith("logits")}
    expected = cross["logits"] + 0.3 * (cross["clinical_logits"] + cross["ultrasound_logits"])
    expected = expected + 0.4 * (
        0.5 * reconstruction_loss(parts["rebuilt"], parts["rebuilt_truth"])
        + 0.5 * cross["rebuilt_logits"]
        + 0.1 * consistency_loss(parts["logits"], parts["rebuilt_logits"])
    )
    torch.testing.assert_close(loss(parts, TARGET), expected)


def test_a_ramp_of_zero_leaves_what_a_network_without_reconstruction_costs():
    loss = ClinicalUltrasoundLoss()
    loss.ramp = 0.0
    assert torch.equal(loss(output(), TARGET), loss(output(rebuilt=False), TARGET))


def test_a_missing_picture_has_no_loss_of_its_own():
    parts, loss = output(rebuilt=False), ClinicalUltrasoundLoss(auxiliary=1.0)
    parts["present"] = torch.tensor([[True, False], [True, False], [False, False]])
    found = loss(parts, TARGET)
    expected = F.cross_entropy(parts["logits"], TARGET) + F.cross_entropy(parts["clinical_logits"][:2], TARGET[:2])
    torch.testing.assert_close(found, expected)
    found.backward()
    assert not parts["ultrasound_logits"].grad.any() and not parts["clinical_logits"].grad[2].any()


def test_class_weights_are_those_of_the_weighted_cross_entropy():
    plain = output()["logits"]
    weighted = ClassWeightedCrossEntropy([1.0, 5.0])
    torch.testing.assert_close(ClinicalUltrasoundLoss(class_weights=[1, 5])(plain, TARGET), weighted(plain, TARGET))


def test_weights_that_are_negative_or_of_other_classes_are_refused():
    with pytest.raises(ValueError, match="weights must be 0 or more"):
        ClinicalUltrasoundLoss(auxiliary=-0.1)
    with pytest.raises(ValueError, match="logits have 2 classes, class_weights has 3"):
        ClinicalUltrasoundLoss(class_weights=[1, 1, 1])(output()["logits"], TARGET)
