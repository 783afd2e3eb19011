# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Keeping one bad batch from throwing a network far away."""

from __future__ import annotations

from typing import Any

import torch
from monai.engines import IterationEvents, SupervisedTrainer

from monai_skin.handlers.optimizer_steps import takes_a_step

__all__ = ["ClipGradients"]


class ClipGradients:
    """Scale a network's gradients down to a norm, between the backward pass and the optimizer's step.

    Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013,
    https://arxiv.org/abs/1211.5063. MONAI's trainer has no argument for it. Where gradients of several batches are
    accumulated, their sum is what is clipped.

    Args:
        network: whose gradients, all parameters together.
        max_norm: largest Euclidean norm that is left as it is.
    """

    def __init__(self, network: torch.nn.Module, *, max_norm: float = 1.0) -> None:
        if max_norm <= 0:
            raise ValueError(f"max_norm must be positive, got {max_norm}")
        self.network, self.max_norm = network, max_norm

    def attach(self, engine: SupervisedTrainer) -> None:
        """Clip after every backward pass that a step follows."""
        engine.add_event_handler(IterationEvents.BACKWARD_COMPLETED, self)

    def __call__(self, engine: SupervisedTrainer) -> None:
        if not takes_a_step(engine):
            return
        scaler: Any = engine.scaler
        if scaler is not None:  # with MONAI's amp the gradients are still multiplied by the scaler's factor
            scaler.unscale_(engine.optimizer)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.max_norm)
