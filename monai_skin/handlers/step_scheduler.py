# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Changing the learning rate after an epoch."""

from __future__ import annotations

from typing import Any

from ignite.engine import Engine, Events
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, LRScheduler, ReduceLROnPlateau

from monai_skin.errors import UsageError

__all__ = ["StepScheduler"]


class StepScheduler:
    """Step a PyTorch scheduler once an epoch, or a cosine with restarts after every batch.

    A plateau scheduler is given the validation metric.

    MONAI's ``LrScheduleHandler`` wants a function for that, which a JSON configuration cannot hold without a lambda.

    Args:
        scheduler: any scheduler that counts epochs.
        evaluator: engine whose metric a ``ReduceLROnPlateau`` watches.
        metric: its name.
        fractional: tell the scheduler after every batch how many epochs have passed, as a fraction, which
            ``CosineAnnealingWarmRestarts`` takes: a training of a few epochs then falls smoothly.
    """

    def __init__(self, scheduler: LRScheduler, *, evaluator: Engine, metric: str, fractional: bool = False) -> None:
        if fractional and not isinstance(scheduler, CosineAnnealingWarmRestarts):
            problem = f"cannot be stepped by fractions of an epoch ({type(scheduler).__name__})"
            raise UsageError.about("StepScheduler", "scheduler", problem, expected="CosineAnnealingWarmRestarts")
        self.scheduler, self.evaluator, self.metric, self.fractional = scheduler, evaluator, metric, fractional

    def attach(self, engine: Engine) -> None:
        """Step after every epoch, or batch; attach it behind the validation."""
        if self.fractional:
            engine.add_event_handler(Events.ITERATION_COMPLETED, self.step_within)
        else:
            engine.add_event_handler(Events.EPOCH_COMPLETED, self)

    def step_within(self, engine: Engine) -> None:
        """Set the rate of the next batch."""
        passed: Any = engine.state.iteration / int(engine.state.epoch_length or 1)
        self.scheduler.step(passed)

    def __call__(self, _: Engine) -> None:
        if not isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step()
            return
        value: Any = self.evaluator.state.metrics.get(self.metric)
        if value is not None and value == value:  # an epoch without validation, or a NaN, is no news
            self.scheduler.step(float(value))
