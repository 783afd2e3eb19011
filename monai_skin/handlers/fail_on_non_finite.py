# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Ending a training whose loss is no longer a number."""

from __future__ import annotations

from typing import Any

import torch
from ignite.engine import Engine, Events
from monai.utils import CommonKeys

from monai_skin.errors import TrainingDivergedError

__all__ = ["FailOnNonFinite"]


class FailOnNonFinite:
    """Raise :class:`TrainingDivergedError` at the first non-finite loss.

    Ignite's ``TerminateOnNan`` ends the run as if it had finished, so the process exits 0 and the last checkpoint
    holds NaN. This one raises before any saver runs: attach it first.
    """

    def attach(self, engine: Engine) -> None:
        """Look at the loss after every iteration."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self)

    def __call__(self, engine: Engine) -> None:
        output: Any = engine.state.output
        first = output[0] if isinstance(output, list) else output
        loss = torch.as_tensor(first[CommonKeys.LOSS]).detach()
        if bool(torch.isfinite(loss).all()):
            return
        state = engine.state
        raise TrainingDivergedError(
            f"training: loss is {float(loss)} at epoch {state.epoch}, iteration {state.iteration}, images "
            f"{_image_ids(state.batch)}; expected a finite number (the checkpoint on disk is from before this step)"
        )


def _image_ids(batch: object) -> str:
    """The first ids of a batch, collated or decollated."""
    if isinstance(batch, dict):
        ids = batch.get("image_id", [])
    else:
        ids = [item.get("image_id", "") for item in batch] if isinstance(batch, list) else []
    return ", ".join(str(name) for name in list(ids)[:8]) or "unknown"
