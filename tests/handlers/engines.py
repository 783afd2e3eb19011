# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Engines that take a value after another, for tests of the handlers of a training."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from ignite.engine import Engine, Events
from monai.engines import SupervisedTrainer


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


def supervised_trainer(
    network: torch.nn.Module, handlers: Sequence[object], *, batches: int = 4, epochs: int = 1, **words: object
) -> SupervisedTrainer:
    """MONAI's trainer on a straight line with noise, by plain gradient descent."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(batches, 2, 3, generator=generator)
    y = x.sum(dim=2, keepdim=True) + torch.randn(batches, 2, 1, generator=generator)
    given = {
        "train_data_loader": [{"image": image, "label": label} for image, label in zip(x, y, strict=True)],
        "optimizer": torch.optim.SGD(network.parameters(), lr=0.1),
    }
    return SupervisedTrainer(
        device=torch.device("cpu"),
        max_epochs=epochs,
        network=network,
        loss_function=torch.nn.MSELoss(),
        train_handlers=handlers,
        decollate=False,
        **{**given, **words},
    )
