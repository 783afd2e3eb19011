# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A progress bar that counts pictures."""

from __future__ import annotations

from typing import Any

from ignite.engine import Engine, Events
from tqdm import tqdm

__all__ = ["ShowProgress"]


class ShowProgress:
    """Show how many items of a run are done, on standard error and only where a person looks at it.

    Ignite's own bar counts batches; a person who gave 40 pictures waits for 40.

    Args:
        total: how many items the run will see.
        unit: what one item is called.
        always: show the bar also when standard error is a file or a pipe.
    """

    def __init__(self, *, total: int, unit: str = "picture", always: bool = False) -> None:
        self.total = total
        self.unit = unit
        self.disable = False if always else None  # None lets tqdm ask the terminal
        self._bar: tqdm[None] | None = None

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._advance)
        engine.add_event_handler(Events.COMPLETED, self.close)

    def _start(self) -> None:
        self._bar = tqdm(total=self.total, unit=self.unit, disable=self.disable)

    def _advance(self, engine: Engine) -> None:
        finished: Any = engine.state.output
        if self._bar is not None and isinstance(finished, list):
            self._bar.update(len(finished))

    def close(self) -> None:
        """End the line of the bar; after a failed run too, or the message lands in the middle of it."""
        if self._bar is not None:
            self._bar.close()
