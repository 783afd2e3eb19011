# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Keras' Adam by hand, and against PyTorch's where the two are the same."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn as nn

from monai_skin.engines import KerasAdam


def gradients(steps: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(4, 3, generator=generator, dtype=torch.float64) for _ in range(steps)]


def test_two_steps_worked_by_hand():
    # lr 0.01, eps 0.1, betas 0.9 and 0.999, gradients 0.5 and -0.25
    # step 1: m = 0.1 * 0.5 = 0.05, v = 0.001 * 0.25 = 0.00025, rate = 0.01 sqrt(0.001) / 0.1 = 0.00316228
    #         1 - 0.00316228 * 0.05 / (0.0158114 + 0.1) = 0.99863473
    # step 2: m = 0.9 * 0.05 - 0.1 * 0.25 = 0.02, v = 0.999 * 0.00025 + 0.001 * 0.0625 = 0.00031225,
    #         rate = 0.01 sqrt(0.001999) / 0.19 = 0.00235317
    #         0.99863473 - 0.00235317 * 0.02 / (0.0176706 + 0.1) = 0.99823477
    weight = nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
    optimizer = KerasAdam([weight])
    for gradient, expected in ((0.5, 0.99863473), (-0.25, 0.99823477)):
        weight.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        assert weight.item() == pytest.approx(expected, abs=5e-9)


def test_without_epsilon_it_is_pytorchs_adam():
    ours, theirs = (nn.Parameter(torch.ones(4, 3, dtype=torch.float64)) for _ in range(2))
    pair = [KerasAdam([ours], lr=0.1, eps=1e-14), torch.optim.Adam([theirs], lr=0.1, eps=1e-14)]
    for gradient in gradients(5):
        ours.grad = theirs.grad = gradient
        for optimizer in pair:
            optimizer.step()
        torch.testing.assert_close(ours, theirs)


def test_it_is_pytorchs_adam_with_an_epsilon_that_shrinks_as_the_correction_does():
    ours, theirs = (nn.Parameter(torch.ones(4, 3, dtype=torch.float64)) for _ in range(2))
    keras, pytorch = KerasAdam([ours], betas=(0.8, 0.9)), torch.optim.Adam([theirs], lr=0.01, betas=(0.8, 0.9))
    for step, gradient in enumerate(gradients(6), start=1):
        ours.grad = theirs.grad = gradient
        pytorch.param_groups[0]["eps"] = 0.1 / math.sqrt(1 - 0.9**step)
        keras.step(), pytorch.step()
        torch.testing.assert_close(ours, theirs)


def test_a_stopped_training_goes_on_from_its_state_as_if_it_had_not_stopped():
    def run(weight, optimizer, steps):
        for gradient in steps:
            weight.grad = gradient.clone()
            optimizer.step()

    through, stopped = (nn.Parameter(torch.ones(4, 3, dtype=torch.float64)) for _ in range(2))
    steps = gradients(6)
    run(through, KerasAdam([through]), steps)
    before = KerasAdam([stopped])
    run(stopped, before, steps[:2])
    after = KerasAdam([stopped], lr=1.0)
    after.load_state_dict(before.state_dict())
    run(stopped, after, steps[2:])
    assert torch.equal(through, stopped)


def test_a_closure_is_evaluated_with_gradients_and_a_parameter_without_one_stays():
    weight, unused = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    optimizer = KerasAdam([{"params": [weight], "lr": 0.5}, {"params": [unused]}])

    def closure():
        optimizer.zero_grad()
        loss = weight.square().sum()
        loss.backward()
        return loss.item()

    assert optimizer.step(closure) == 2.0
    assert bool((weight < 1).all()) and bool((unused == 1).all())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": -1.0}, "lr must not be negative and eps must be positive, got -1.0 and 0.1"),
        ({"eps": 0.0}, "lr must not be negative and eps must be positive, got 0.01 and 0.0"),
        ({"betas": (0.9, 1.0)}, r"betas must be at least 0 and less than 1, got \(0.9, 1.0\)"),
    ],
)
def test_numbers_outside_their_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        KerasAdam([nn.Parameter(torch.ones(1))], **options)
