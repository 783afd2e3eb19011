# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The learning rate follows the epochs, or the validation."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from ignite.engine import Engine
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

from monai_skin.errors import UsageError
from monai_skin.handlers import StepScheduler
from tests.handlers.engines import engine_with, evaluator_with, train


def test_a_plateau_scheduler_follows_the_metric_and_others_the_epochs():
    parameter = torch.nn.Parameter(torch.zeros(1))
    for build, expected in (
        (lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, mode="max", factor=0.5, patience=0), 0.5),
        (lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=1, gamma=0.1), 0.001),
    ):
        optimizer = torch.optim.SGD([parameter], lr=1.0)
        trainer, evaluator = engine_with(), evaluator_with([0.5, 0.4, 0.6])
        scheduler = build(optimizer)
        optimizer.step()
        StepScheduler(scheduler, evaluator=evaluator, metric="dice").attach(trainer)
        train(trainer, evaluator, 3)
        assert optimizer.param_groups[0]["lr"] == pytest.approx(expected)


def cosine(restart: int) -> CosineAnnealingWarmRestarts:
    """A rate from 1 down to 0.1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    return CosineAnnealingWarmRestarts(optimizer, T_0=restart, eta_min=0.1)


def rates_with(scheduler: CosineAnnealingWarmRestarts, batches: int, epochs: int, *, done: int = 0) -> list[float]:
    """The rate each batch is trained with, after ``done`` epochs of an earlier run."""
    rates: list[float] = []

    def step(_: Engine, batch: object) -> None:
        rates.append(scheduler.optimizer.param_groups[0]["lr"])
        scheduler.optimizer.step()

    trainer = Engine(step)
    StepScheduler(scheduler, evaluator=evaluator_with([]), metric="dice", fractional=True).attach(trainer)
    trainer.load_state_dict({"epoch_length": batches, "max_epochs": epochs, "iteration": done * batches})
    trainer.run(range(batches), max_epochs=epochs)
    return rates


def expected_rate(passed: float, restart: int) -> float:
    """Loshchilov and Hutter, "SGDR", 2017, equation 5, for ``passed`` epochs."""
    return 0.1 + 0.5 * 0.9 * (1 + math.cos(math.pi * (passed % restart) / restart))


def test_a_cosine_falls_by_fractions_of_an_epoch():
    rates = rates_with(cosine(restart=2), batches=5, epochs=2)
    assert rates == pytest.approx([expected_rate(batch / 5, 2) for batch in range(10)])
    assert all(after < before for before, after in pairwise(rates))


def test_a_cosine_starts_again_after_each_whole_number_of_its_epochs():
    rates = rates_with(cosine(restart=2), batches=4, epochs=6)
    assert rates == pytest.approx([expected_rate(batch / 4, 2) for batch in range(24)])
    assert [number for number, rate in enumerate(rates) if rate == pytest.approx(1.0)] == [0, 8, 16]


def test_d3_a_resumed_cosine_goes_on_where_it_was():
    before, after = cosine(restart=2), cosine(restart=2)
    first = rates_with(before, batches=4, epochs=1)
    after.optimizer.load_state_dict(before.optimizer.state_dict())
    after.load_state_dict(before.state_dict())
    second = rates_with(after, batches=4, epochs=3, done=1)
    assert [*first, *second] == pytest.approx([expected_rate(batch / 4, 2) for batch in range(12)])


def test_only_a_cosine_with_restarts_is_stepped_by_fractions():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1)
    wanted = r"scheduler cannot be stepped by fractions of an epoch \(StepLR\); expected CosineAnnealingWarmRestarts"
    with pytest.raises(UsageError, match=wanted):
        StepScheduler(scheduler, evaluator=evaluator_with([]), metric="dice", fractional=True)
