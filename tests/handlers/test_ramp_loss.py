# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ignite.engine import Engine, Events

from monai_skin.handlers import RampLoss
from monai_skin.losses import ClinicalUltrasoundLoss


def ramps(epochs: int, *, run: int = 7, start: int = 0) -> list[float]:
    loss, seen = ClinicalUltrasoundLoss(), []
    engine = Engine(lambda *_: None)
    RampLoss(loss, epochs=epochs).attach(engine)
    engine.add_event_handler(Events.EPOCH_COMPLETED, lambda: seen.append(loss.ramp))
    engine.load_state_dict({"epoch": start, "max_epochs": run, "epoch_length": 1}) if start else None
    engine.run([0], max_epochs=run)
    return seen


def test_it_rises_in_even_steps_to_one():
    assert ramps(5) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0])


@pytest.mark.parametrize("epochs", [0, 1])
def test_without_epochs_all_counts_at_once(epochs):
    assert set(ramps(epochs)) == {1.0}


def test_a_training_that_is_resumed_goes_on_where_it_was():
    assert ramps(5, start=2) == pytest.approx(ramps(5)[2:])


def test_a_negative_number_of_epochs_is_refused():
    with pytest.raises(ValueError, match="epochs must be 0 or more, got -1"):
        RampLoss(ClinicalUltrasoundLoss(), epochs=-1)
