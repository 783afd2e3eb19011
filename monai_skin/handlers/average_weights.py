# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Judging and keeping a moving average of a network's weights instead of the last ones."""

from __future__ import annotations

from typing import Any

import torch
from ignite.engine import Engine, Events

from monai_skin.errors import UsageError
from monai_skin.handlers.optimizer_steps import takes_a_step

__all__ = ["AverageWeights"]


class AverageWeights:
    r"""Keep an exponential moving average of a network's weights, and put it into the network between epochs.

    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 1992. After
    step :math:`n` (from 0) the average keeps the share :math:`\min(decay, (1 + n) / (10 + n))` of itself, so that it
    forgets the random weights of the start. Running means and variances are averaged too; counters are not.

    From the end of an epoch's batches to the start of the next epoch the network holds the average, so validation, the
    best weights and the checkpoint see it, and it is what stays when the training has ended. The last weights are in
    :meth:`state_dict`: list this handler among the objects of :class:`monai_skin.handlers.Checkpoint`, and a resumed
    training equals an uninterrupted one. PyTorch's ``AveragedModel`` cannot change places with the network like that.

    Args:
        network: the module whose weights the optimizer changes.
        decay: largest share that is kept; 0.999 averages over about the last thousand steps.
    """

    def __init__(self, network: torch.nn.Module, *, decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be 0 or more and less than 1, got {decay}")
        self.network, self.decay = network, decay
        self.steps, self.in_network = 0, False
        # the average while the network learns, the last weights while the network holds the average
        self._other: dict[str, torch.Tensor] = {}

    def attach(self, engine: Engine) -> None:
        """Attach it in front of the validation."""
        engine.add_event_handler(Events.EPOCH_STARTED, self._start_epoch)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self._exchange)

    @torch.no_grad()
    def __call__(self, engine: Engine) -> None:
        if not takes_a_step(engine):
            return
        kept = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, weight in self._weights().items():
            self._other[name].lerp_(weight, 1 - kept)
        self.steps += 1

    def state_dict(self) -> dict[str, Any]:
        """What a resumed training has to know besides the network's own weights."""
        return {"steps": self.steps, "in_network": self.in_network, "other": self._other}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up where ``state_dict`` left off."""
        self.steps, self.in_network = int(state["steps"]), bool(state["in_network"])
        self._other = {name: state["other"][name].to(weight, copy=True) for name, weight in self._weights().items()}

    def _start_epoch(self, engine: Engine) -> None:
        if self.in_network:
            self._exchange()
        elif not self._other:
            if engine.state.epoch > 1:
                expected = "it among the checkpoint's objects"
                raise UsageError.about("AverageWeights", "average", "was not in the checkpoint", expected=expected)
            self._other = {name: weight.clone() for name, weight in self._weights().items()}

    @torch.no_grad()
    def _exchange(self) -> None:
        for name, weight in self._weights().items():
            held = weight.clone()
            weight.copy_(self._other[name])
            self._other[name].copy_(held)
        self.in_network = not self.in_network

    def _weights(self) -> dict[str, torch.Tensor]:
        """The network's own floating-point tensors, not copies, and one that two layers share only once."""
        named = (*self.network.named_parameters(), *self.network.named_buffers())
        return {name: value.detach() for name, value in named if value.is_floating_point()}
