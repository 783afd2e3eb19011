# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Random numbers depend on seed and epoch alone."""

from __future__ import annotations

import torch
from ignite.engine import Engine, Events

from monai_skin.data import ClassBalancedSampler, LesionDataLoader, LesionDataset
from monai_skin.handlers import SeedEpochs
from tests.handlers.engines import engine_with


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


def test_the_sampler_is_told_each_epoch_before_its_first_batch():
    dataset = LesionDataset([{"image_id": str(number), "label": number % 2} for number in range(20)], None)
    sampler = ClassBalancedSampler(dataset)
    loader = LesionDataLoader(dataset, batch_size=20, sampler=sampler)
    trainer, seen = Engine(lambda engine, batch: batch["image_id"]), []
    SeedEpochs(dataset, sampler=sampler).attach(trainer)
    trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda e: seen.append(e.state.output))
    trainer.run(loader, max_epochs=2)
    for epoch, ids in enumerate(seen, start=1):
        sampler.set_epoch(epoch)
        assert ids == [str(index) for index in sampler]
    assert seen[0] != seen[1]
