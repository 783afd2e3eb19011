# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The best weights are kept, and a training without progress stops."""

from __future__ import annotations

import math

import pytest
import torch
from ignite.engine import Events

from monai_skin.handlers import SaveBestWeights, StopWhenStalled
from monai_skin.io import load_weights
from tests.handlers.engines import engine_with, evaluator_with, train


def test_best_weights_are_those_of_the_best_epoch(tmp_path):
    network, trainer = torch.nn.Linear(1, 1), engine_with()
    evaluator = evaluator_with([0.2, 0.8, 0.5])
    SaveBestWeights(str(tmp_path / "m.pt"), network=network, evaluator=evaluator, metric="dice", half=False).attach(
        trainer
    )
    trainer.add_event_handler(Events.EPOCH_STARTED, lambda e: network.bias.data.fill_(e.state.epoch))
    train(trainer, evaluator, 3)
    assert load_weights(tmp_path / "m.pt")["bias"].item() == 2


def test_d6_a_validation_that_is_no_number_is_never_the_best(tmp_path, caplog):
    network, trainer = torch.nn.Linear(1, 1), engine_with()
    evaluator = evaluator_with([math.nan, 0.1, math.nan])
    best = SaveBestWeights(str(tmp_path / "m.pt"), network=network, evaluator=evaluator, metric="dice", half=False)
    best.attach(trainer)
    trainer.add_event_handler(Events.EPOCH_STARTED, lambda e: network.bias.data.fill_(e.state.epoch))
    train(trainer, evaluator, 3)
    assert load_weights(tmp_path / "m.pt")["bias"].item() == 2
    assert best.best == pytest.approx(0.1)
    assert "dice is not a number after epoch 1" in caplog.text


def test_training_stops_after_so_many_validations_without_a_better_one():
    trainer, evaluator = engine_with(), evaluator_with([0.5, 0.4, 0.6, 0.6, 0.1, 0.9])
    StopWhenStalled(evaluator=evaluator, metric="dice", patience=2).attach(trainer)
    train(trainer, evaluator, 6)
    assert trainer.state.epoch == 5
