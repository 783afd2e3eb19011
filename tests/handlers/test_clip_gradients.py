# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The norm of a step has a bound."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import pytest
import torch

from monai_skin.handlers import ClipGradients
from tests.handlers.engines import supervised_trainer


def line() -> torch.nn.Linear:
    torch.manual_seed(0)
    return torch.nn.Linear(3, 1)


def step_of(max_norm: float) -> torch.Tensor:
    """How far one step of gradient descent at rate 0.1 goes, over weight and bias."""
    network = line()
    before = torch.nn.utils.parameters_to_vector(network.parameters()).detach().clone()
    supervised_trainer(network, [ClipGradients(network, max_norm=max_norm)], batches=1).run()
    return torch.nn.utils.parameters_to_vector(network.parameters()).detach() - before


def test_a_long_gradient_is_cut_to_the_norm_in_its_own_direction_and_a_short_one_left():
    free = step_of(1e6)
    assert free.norm() > 0.1, "the gradient is longer than 1"
    torch.testing.assert_close(step_of(1.0), 0.1 * free / free.norm())
    assert torch.equal(step_of(100.0), free)


@pytest.mark.parametrize("max_norm", [0.5, 1e6])
def test_accumulated_batches_make_the_step_that_one_large_batch_would_make(max_norm):
    whole, parts = line(), line()
    large = supervised_trainer(whole, [ClipGradients(whole, max_norm=max_norm)])
    batches = copy.deepcopy(large.data_loader)
    together = {key: torch.cat([batch[key] for batch in batches]) for key in ("image", "label")}
    supervised_trainer(whole, [ClipGradients(whole, max_norm=max_norm)], train_data_loader=[together]).run()
    supervised_trainer(parts, [ClipGradients(parts, max_norm=max_norm)], accumulation_steps=4).run()
    for one, other in zip(parts.parameters(), whole.parameters(), strict=True):
        torch.testing.assert_close(one, other)
    assert not torch.equal(parts.weight, line().weight)


def test_the_factor_of_a_loss_scaler_is_taken_out_first():
    network = line()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    scaler.scale(network(torch.tensor([[3.0, 0.0, 4.0]])).sum()).backward()
    state = SimpleNamespace(iteration=1, epoch_length=1)
    ClipGradients(network, max_norm=100.0)(SimpleNamespace(state=state, scaler=scaler, optimizer=optimizer))
    # the output is w x + b: its gradient is x itself, shorter than 100
    torch.testing.assert_close(network.weight.grad, torch.tensor([[3.0, 0.0, 4.0]]))


def test_a_norm_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="max_norm must be positive, got 0"):
        ClipGradients(line(), max_norm=0)
