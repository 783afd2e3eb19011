# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The learning rate follows the epochs, or the validation."""

from __future__ import annotations

import pytest
import torch

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
