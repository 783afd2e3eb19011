# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person watches while a network trains."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import torch
from ignite.engine import Engine, Events
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from monai_skin.handlers.main_process import is_main_process

__all__ = ["LogTraining"]

_log = logging.getLogger(__name__)


class LogTraining:
    """A progress bar over the batches, and one line an epoch in the log and in TensorBoard.

    The line holds the mean loss, the learning rate, every validation metric and the seconds since the last one.

    Args:
        folder: where the TensorBoard event files go.
        optimizer: whose learning rate is shown.
        evaluator: engine with the validation metrics.
    """

    def __init__(self, folder: str, *, optimizer: torch.optim.Optimizer, evaluator: Engine) -> None:
        self.folder, self.optimizer, self.evaluator = Path(folder), optimizer, evaluator
        self._losses: list[float] = []
        self._bar: tqdm[Any] | None = None
        self._since = 0.0

    def attach(self, engine: Engine) -> None:
        """Attach it last, behind the validation and what changes the learning rate."""
        if is_main_process():
            engine.add_event_handler(Events.EPOCH_STARTED, self._start)
            engine.add_event_handler(Events.ITERATION_COMPLETED, self._count)
            engine.add_event_handler(Events.EPOCH_COMPLETED, self)

    def __call__(self, engine: Engine) -> None:
        if self._bar is not None:
            self._bar.close()
        epoch = int(engine.state.epoch)
        metrics = {name: float(value) for name, value in self.evaluator.state.metrics.items()}
        line = {
            "loss": sum(self._losses) / max(len(self._losses), 1),
            "learning_rate": float(self.optimizer.param_groups[0]["lr"]),
            **metrics,
            "seconds": time.monotonic() - self._since,
        }
        _log.info(
            "epoch %d of %s: %s", epoch, engine.state.max_epochs, ", ".join(f"{k} {v:.4g}" for k, v in line.items())
        )
        with SummaryWriter(str(self.folder)) as writer:
            for name, value in line.items():
                writer.add_scalar(name, value, epoch)

    def _start(self, engine: Engine) -> None:
        self._losses.clear()
        self._since = time.monotonic()
        name = f"epoch {engine.state.epoch}/{engine.state.max_epochs}"
        self._bar = tqdm(total=engine.state.epoch_length, desc=name, unit="batch", leave=False, mininterval=1.0)

    def _count(self, engine: Engine) -> None:
        loss = float(engine.state.output["loss"].detach())  # type: ignore[index]
        self._losses.append(loss)
        if self._bar is not None:
            self._bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            self._bar.update()
