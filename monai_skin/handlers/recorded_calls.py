# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a part of a network gave, call by call, within one iteration of an engine."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn as nn
from ignite.engine import Engine, Events

__all__: list[str] = []


class RecordedCalls:
    """Keep the output of every call of a module since the iteration began.

    An inferer that shows a picture several times calls the network as often. Nothing is kept of calls after
    :meth:`take`, such as those of a handler that runs the network once more to explain it; and after a run the module
    has no hook.

    Args:
        module: the part to watch.
    """

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self._open = False
        self._kept: list[torch.Tensor] = []
        self._hook: Any = None

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(Events.STARTED, self._watch)
        engine.add_event_handler(Events.ITERATION_STARTED, self._begin)
        engine.add_event_handler(Events.COMPLETED, self._leave)

    def take(self) -> list[torch.Tensor]:
        """What was kept, a tensor a call, float32 on the CPU; ends the recording."""
        kept, self._kept, self._open = self._kept, [], False
        return [seen.float().cpu() for seen in kept]

    def _watch(self) -> None:
        self._leave()
        self._hook = self.module.register_forward_hook(self._keep)

    def _begin(self) -> None:
        self._kept, self._open = [], True

    def _keep(self, _: nn.Module, __: tuple[Any, ...], output: torch.Tensor) -> None:
        if self._open:  # a copy: what follows may work in place
            self._kept.append(output.detach().as_subclass(torch.Tensor).clone())

    def _leave(self) -> None:
        if self._hook is not None:
            self._hook.remove()
        self._hook, self._open, self._kept = None, False, []
