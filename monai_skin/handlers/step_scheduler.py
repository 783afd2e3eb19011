# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Changing the learning rate after an epoch."""

from __future__ import annotations

from typing import Any

from ignite.engine import Engine, Events
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

__all__ = ["StepScheduler"]


class StepScheduler:
    """Step a PyTorch scheduler once an epoch; a plateau scheduler is given the validation metric.

    MONAI's ``LrScheduleHandler`` wants a function for that, which a JSON configuration cannot hold without a lambda.

    Args:
        scheduler: any scheduler that counts epochs.
        evaluator: engine whose metric a ``ReduceLROnPlateau`` watches.
        metric: its name.
    """

    def __init__(self, scheduler: LRScheduler, *, evaluator: Engine, metric: str) -> None:
        self.scheduler, self.evaluator, self.metric = scheduler, evaluator, metric

    def attach(self, engine: Engine) -> None:
        """Step after every epoch; attach it behind the validation."""
        engine.add_event_handler(Events.EPOCH_COMPLETED, self)

    def __call__(self, _: Engine) -> None:
        if not isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step()
            return
        value: Any = self.evaluator.state.metrics.get(self.metric)
        if value is not None and value == value:  # an epoch without validation, or a NaN, is no news
            self.scheduler.step(float(value))
