# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A training is taken up only from a whole checkpoint, and never overwritten by mistake."""

from __future__ import annotations

import pytest
import torch

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.handlers import Checkpoint
from tests.handlers.engines import engine_with


def test_a_folder_with_a_checkpoint_is_not_trained_into_by_mistake(tmp_path):
    for resume, problem in ((False, "c.pt: checkpoint is there already; expected resume true"), (True, None)):
        trainer = engine_with()
        Checkpoint(str(tmp_path / "c.pt"), objects={"network": torch.nn.Linear(1, 1)}).attach(engine := engine_with())
        if not (tmp_path / "c.pt").exists():
            engine.run([0], max_epochs=1)
        Checkpoint(str(tmp_path / "c.pt"), objects={"network": torch.nn.Linear(1, 1)}, resume=resume).attach(trainer)
        if problem:
            with pytest.raises(UsageError, match=problem):
                trainer.run([0], max_epochs=2)
        else:
            trainer.run([0], max_epochs=2)
            assert trainer.state.epoch == 2 and trainer.state.iteration == 2


def test_d13_a_checkpoint_without_a_part_of_the_training_is_refused(tmp_path):
    network = torch.nn.Linear(1, 1)
    Checkpoint(str(tmp_path / "c.pt"), objects={"network": network}).attach(trainer := engine_with())
    trainer.run([0], max_epochs=1)
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    resumed = Checkpoint(str(tmp_path / "c.pt"), objects={"network": network, "optimizer": optimizer}, resume=True)
    resumed.attach(trainer := engine_with())
    with pytest.raises(InvalidInputError, match="c.pt: objects has no optimizer; expected every part"):
        trainer.run([0], max_epochs=2)
