# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A loss that is no number ends a training."""

from __future__ import annotations

import math

import pytest
import torch
from ignite.engine import Engine

from monai_skin.errors import TrainingDivergedError
from monai_skin.handlers import Checkpoint, FailOnNonFinite
from monai_skin.io import load_checkpoint
from tests.handlers.engines import engine_with


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_d5_a_loss_that_is_no_number_ends_the_run_and_names_epoch_iteration_and_images(loss):
    trainer = engine_with(loss)
    FailOnNonFinite().attach(trainer)
    with pytest.raises(TrainingDivergedError, match=r"epoch 1, iteration 1, images ISIC_1, ISIC_2; expected") as caught:
        trainer.run([{"image_id": ["ISIC_1", "ISIC_2"]}], max_epochs=1)
    assert caught.value.exit_code == 5


def test_d5_no_checkpoint_is_written_in_the_epoch_that_diverged(tmp_path):
    losses = iter([0.5, math.nan])
    trainer = Engine(lambda engine, batch: {"loss": torch.tensor(next(losses))})
    network = torch.nn.Linear(1, 1)
    FailOnNonFinite().attach(trainer)
    Checkpoint(str(tmp_path / "c.pt"), objects={"network": network}).attach(trainer)
    with pytest.raises(TrainingDivergedError):
        trainer.run([0], max_epochs=2)
    assert load_checkpoint(tmp_path / "c.pt")["epoch"] == 1
