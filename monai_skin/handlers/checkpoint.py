# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A training that can be stopped at any moment and taken up again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ignite.engine import Engine, Events

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.handlers.main_process import is_main_process
from monai_skin.io import load_checkpoint, save_checkpoint, sweep_temporaries

__all__ = ["Checkpoint"]

_FORMAT = 1
_log = logging.getLogger(__name__)


class _Stateful(Protocol):
    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on."""

    def load_state_dict(self, state: dict[str, Any]) -> Any:
        """Go on from there."""


class Checkpoint:
    """Write the whole state of a training after every epoch, and restore it when asked to resume.

    MONAI's ``CheckpointSaver`` writes over the old file, so a full disk destroys it; this one replaces it only by a
    whole new one. A folder that already holds a checkpoint is never trained into by mistake.

    Args:
        path: the checkpoint file.
        objects: name to anything with a state dict: network, optimizer, scheduler, handlers.
        resume: go on from ``path``; where there is none yet, start from the beginning.
    """

    def __init__(self, path: str, *, objects: Mapping[str, _Stateful], resume: bool = False) -> None:
        self.path, self.objects, self.resume = Path(path), dict(objects), resume

    def attach(self, engine: Engine) -> None:
        """Restore at the start, save after every epoch; attach it behind every other handler that changes state."""
        engine.add_event_handler(Events.STARTED, self.restore)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self)

    def __call__(self, engine: Engine) -> None:
        if not is_main_process():
            return
        state = {name: thing.state_dict() for name, thing in self.objects.items()}
        position = {"epoch": int(engine.state.epoch), "iteration": int(engine.state.iteration)}
        save_checkpoint(self.path, {"format": _FORMAT, **position, "objects": state})

    def restore(self, engine: Engine) -> None:
        """Load the checkpoint if there is one; refuse to overwrite one that was not asked for."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        sweep_temporaries(self.path.parent)
        if not self.path.exists():
            return
        if not self.resume:
            raise UsageError.about(
                self.path.name,
                "checkpoint",
                "is there already",
                expected="resume true to go on from it, or another ckpt_dir",
            )
        found = load_checkpoint(self.path)
        self._check(found)
        for name, thing in self.objects.items():
            thing.load_state_dict(found["objects"][name])
        engine.state.epoch, engine.state.iteration = int(found["epoch"]), int(found["iteration"])
        _log.info("resumed after epoch %d", engine.state.epoch)

    def _check(self, found: Mapping[str, Any]) -> None:
        if found.get("format") != _FORMAT:
            problem = f"is {found.get('format')!r}"
            raise InvalidInputError.about(self.path.name, "format", problem, expected=str(_FORMAT))
        missing = sorted(set(self.objects) - set(found["objects"]))
        if missing:
            expected = "every part of the training, or another ckpt_dir to start anew"
            raise InvalidInputError.about(self.path.name, "objects", f"has no {', '.join(missing)}", expected=expected)
