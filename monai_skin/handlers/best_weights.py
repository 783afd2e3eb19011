# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Keeping the weights of the best epoch, and stopping when no better one comes."""

from __future__ import annotations

import logging
import math
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import torch
from ignite.engine import Engine, Events

from monai_skin.handlers.main_process import is_main_process
from monai_skin.io import save_weights

__all__ = ["SaveBestWeights", "StopWhenStalled"]

_log = logging.getLogger(__name__)


class _WatchMetric(ABC):
    """Look at a validation metric after every epoch that had a validation; larger is better."""

    def __init__(self, evaluator: Engine, metric: str) -> None:
        self.evaluator, self.metric = evaluator, metric
        self.best, self.last_seen = -math.inf, 0

    def attach(self, engine: Engine) -> None:
        """Look after every epoch; attach it behind the validation."""
        engine.add_event_handler(Events.EPOCH_COMPLETED, self)

    @abstractmethod
    def __call__(self, engine: Engine) -> None:
        """Act on what :meth:`improved` says."""

    def improved(self, epoch: int) -> bool | None:
        """True or False after a validation, None in an epoch without one. NaN never is an improvement."""
        if self.metric not in self.evaluator.state.metrics or self.evaluator.state.epoch <= self.last_seen:
            return None
        self.last_seen = self.evaluator.state.epoch
        value = float(self.evaluator.state.metrics[self.metric])
        if math.isnan(value):
            _log.warning("%s is not a number after epoch %d: not counted", self.metric, epoch)
            return False
        better = value > self.best
        self.best = max(value, self.best)
        return better

    def state_dict(self) -> dict[str, Any]:
        """What a resumed training has to know."""
        return {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up where ``state_dict`` left off."""
        self.best = float(state["best"])


class SaveBestWeights(_WatchMetric):
    """Write the network's weights whenever the validation metric is better than ever before.

    Args:
        path: file to write, whole or not at all.
        network: whose weights.
        evaluator: engine that computed the metric.
        metric: its name; larger is better.
        half: store float16, half the size; the difference in the masks is far below a pixel.
    """

    def __init__(
        self, path: str, *, network: torch.nn.Module, evaluator: Engine, metric: str, half: bool = True
    ) -> None:
        super().__init__(evaluator, metric)
        self.path, self.network, self.half = Path(path), network, half

    def __call__(self, engine: Engine) -> None:
        if self.improved(engine.state.epoch) and is_main_process():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            save_weights(self.path, self.network.state_dict(), half=self.half)
            _log.info("%s %.4f is the best so far: wrote %s", self.metric, self.best, self.path.name)


class StopWhenStalled(_WatchMetric):
    """End the training after ``patience`` validations without an improvement.

    Args:
        evaluator: engine that computed the metric.
        metric: its name; larger is better.
        patience: validations to wait.
    """

    def __init__(self, *, evaluator: Engine, metric: str, patience: int) -> None:
        super().__init__(evaluator, metric)
        self.patience, self.waited = patience, 0

    def __call__(self, engine: Engine) -> None:
        better = self.improved(engine.state.epoch)
        if better is None:
            return
        self.waited = 0 if better else self.waited + 1
        if self.waited >= self.patience:
            _log.info("%s has not improved for %d validations: stopping", self.metric, self.waited)
            engine.terminate()

    def state_dict(self) -> dict[str, Any]:
        """What a resumed training has to know."""
        return {**super().state_dict(), "waited": self.waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up where ``state_dict`` left off."""
        super().load_state_dict(state)
        self.waited = int(state["waited"])
