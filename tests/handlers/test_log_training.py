# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One line an epoch, in the log and in TensorBoard."""

from __future__ import annotations

import logging

import pytest
import torch
from ignite.engine import Engine
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from monai_skin.handlers import LogTraining


def test_the_line_holds_the_mean_loss_the_rate_and_the_metrics(tmp_path, caplog):
    losses = iter([0.2, 0.4, 0.1, 0.3])
    trainer = Engine(lambda engine, batch: {"loss": torch.tensor(next(losses))})
    evaluator = Engine(lambda engine, batch: None)
    evaluator.state.metrics = {"dice": 0.75}
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    LogTraining(str(tmp_path), optimizer=optimizer, evaluator=evaluator).attach(trainer)
    with caplog.at_level(logging.INFO):
        trainer.run([0, 1], max_epochs=2)
    assert "epoch 1 of 2: loss 0.3, learning_rate 0.5, dice 0.75, seconds" in caplog.text
    events = EventAccumulator(str(tmp_path)).Reload()
    assert [point.value for point in events.Scalars("loss")] == pytest.approx([0.3, 0.2])
    assert [point.step for point in events.Scalars("dice")] == [1, 2]
