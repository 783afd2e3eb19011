# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Letting the additional terms of a loss in by and by."""

from __future__ import annotations

from typing import Protocol

from ignite.engine import Engine, Events

__all__ = ["RampLoss"]


class _HasRamp(Protocol):
    ramp: float


class RampLoss:
    """Raise a loss's ``ramp`` in even steps over the first epochs, up to 1.

    In the first of five epochs it is 0.2, in the fifth and ever after 1. It depends on the epoch alone, so that a
    resumed training goes on where it was.

    Args:
        loss: with an attribute ``ramp``, such as :class:`monai_skin.losses.ClinicalUltrasoundLoss`.
        epochs: until 1; 0 or 1 for no ramp.
    """

    def __init__(self, loss: _HasRamp, *, epochs: int = 5) -> None:
        if epochs < 0:
            raise ValueError(f"epochs must be 0 or more, got {epochs}")
        self.loss, self.epochs = loss, epochs

    def attach(self, engine: Engine) -> None:
        """Set it when an epoch starts."""
        engine.add_event_handler(Events.EPOCH_STARTED, self)

    def __call__(self, engine: Engine) -> None:
        self.loss.ramp = min(1.0, engine.state.epoch / max(self.epochs, 1))
