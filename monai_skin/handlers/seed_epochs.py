# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The same random numbers in an epoch, whether a training was interrupted before it or not."""

from __future__ import annotations

import hashlib
from typing import Protocol

import torch
from ignite.engine import Engine, Events

__all__ = ["SeedEpochs"]


class _HasEpoch(Protocol):
    def set_epoch(self, epoch: int) -> None:
        """Take the number of the epoch that begins."""


class SeedEpochs:
    """Seed PyTorch from (seed, epoch) when an epoch starts, and tell dataset and sampler which epoch it is.

    Order of the images, dropout and every random transform then depend on the epoch alone, so a resumed training equals
    an uninterrupted one bit for bit on a CPU, with any number of workers, and no generator's state needs saving.

    Args:
        dataset: anything with ``set_epoch``, such as :class:`monai_skin.data.LesionDataset`.
        seed: of the whole training.
        sampler: the data loader's, such as :class:`monai_skin.data.LesionSampler`; None where it only shuffles.
    """

    def __init__(self, dataset: _HasEpoch, *, seed: int = 0, sampler: _HasEpoch | None = None) -> None:
        self.dataset, self.seed, self.sampler = dataset, seed, sampler

    def attach(self, engine: Engine) -> None:
        """Seed at the start of every epoch."""
        engine.add_event_handler(Events.EPOCH_STARTED, self)

    def __call__(self, engine: Engine) -> None:
        epoch = int(engine.state.epoch)
        digest = hashlib.blake2b(f"{self.seed} {epoch}".encode(), digest_size=8).digest()
        torch.manual_seed(int.from_bytes(digest, "big"))
        self.dataset.set_epoch(epoch)
        if self.sampler is not None:
            self.sampler.set_epoch(epoch)
