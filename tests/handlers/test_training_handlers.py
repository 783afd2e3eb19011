# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The handlers of a training: what each does, and what it refuses."""

from __future__ import annotations

import math

import pytest
import torch
from ignite.engine import Engine, Events

from monai_skin.errors import InvalidInputError, TrainingDivergedError, UsageError
from monai_skin.handlers import (
    Checkpoint,
    FailOnNonFinite,
    InitialWeights,
    LoadWeights,
    SaveBestWeights,
    SeedEpochs,
    StepScheduler,
    StopWhenStalled,
)
from monai_skin.io import load_checkpoint, load_weights, save_weights


def engine_with(loss: object = 0.5, ids: tuple[str, ...] = ("a", "b")) -> Engine:
    return Engine(lambda engine, batch: {"loss": torch.as_tensor(loss)})


def evaluator_with(values: list[float]) -> Engine:
    """An evaluator whose metric takes one value after another."""
    evaluator = Engine(lambda engine, batch: None)
    feed = iter(values)
    evaluator.add_event_handler(Events.STARTED, lambda e: e.state.metrics.update(dice=next(feed)))
    evaluator.state.epoch = 0
    return evaluator


def train(trainer: Engine, evaluator: Engine, epochs: int) -> None:
    # MONAI's evaluators count their runs in state.epoch, which ignite would set back to zero
    counted = {"runs": 0}

    def validate(_: Engine) -> None:
        counted["runs"] += 1
        evaluator.run([0])
        evaluator.state.epoch = counted["runs"]

    trainer._event_handlers[Events.EPOCH_COMPLETED].insert(0, (validate, (trainer,), {}))
    trainer.run([0], max_epochs=epochs)


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


class Epochs:
    def __init__(self) -> None:
        self.seen: list[int] = []

    def set_epoch(self, epoch: int) -> None:
        self.seen.append(epoch)


def test_random_numbers_of_an_epoch_depend_on_seed_and_epoch_alone():
    def draws(seed: int, epochs: int) -> list[float]:
        trainer = Engine(lambda engine, batch: torch.rand(1).item())
        found: list[float] = []
        SeedEpochs(Epochs(), seed=seed).attach(trainer)
        trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda e: found.append(e.state.output))
        torch.manual_seed(epochs)  # whatever state the generator was in
        trainer.run([0], max_epochs=epochs)
        return found

    assert draws(0, 2) == draws(0, 3)[:2]
    assert draws(0, 1) != draws(1, 1)


def test_the_dataset_is_told_each_epoch():
    dataset, trainer = Epochs(), engine_with()
    SeedEpochs(dataset).attach(trainer)
    trainer.run([0], max_epochs=3)
    assert dataset.seen == [1, 2, 3]


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


def test_c5_a_missing_weight_file_is_an_error_before_anything_is_computed(tmp_path):
    computed = []
    engine = Engine(lambda e, batch: computed.append(batch))
    LoadWeights(str(tmp_path / "none.pt"), network=torch.nn.Linear(1, 1)).attach(engine)
    with pytest.raises(InvalidInputError, match=r"none\.pt") as caught:
        engine.run([0])
    assert computed == [] and caught.value.exit_code == 3


def test_given_weights_are_in_the_network_before_the_first_batch(tmp_path):
    network = torch.nn.Linear(1, 1)
    save_weights(tmp_path / "w.pt", {"weight": torch.tensor([[3.0]]), "bias": torch.tensor([4.0])})
    seen = []
    engine = Engine(lambda e, batch: seen.append(network.weight.item()))
    InitialWeights(network, whole=str(tmp_path / "w.pt")).attach(engine)
    engine.run([0])
    assert seen == [3.0]


def test_weights_for_the_whole_and_for_its_encoder_contradict_each_other():
    with pytest.raises(UsageError, match="expected one of the two"):
        InitialWeights(torch.nn.Linear(1, 1), whole="a.pt", encoder="imagenet")
