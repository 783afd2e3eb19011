# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Keeping the processes of a node alive: one that ends is started again, later each time it ends soon."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monai_skin.pacs.backoff import waiting_time
from monai_skin.pacs.journal import note

__all__ = ["Supervisor"]

FIRST_WAIT, LONGEST_WAIT, STABLE_SECONDS = 0.2, 30.0, 60.0
STOP_SECONDS, FAILURES = 10.0, 2


@dataclass
class _Part:
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    failures: int = 0
    starts: int = 0


class Supervisor:
    """Runs each part as a process of its own.

    Args:
        commands: words of the command line by the name of the part.
        keep_open: descriptors that the processes inherit, such as that of a lock.
    """

    def __init__(self, commands: Mapping[str, Sequence[str]], *, keep_open: Sequence[int] = ()) -> None:
        self._parts = {name: _Part(command) for name, command in commands.items()}
        self._keep_open = tuple(keep_open)
        self._stopping = threading.Event()

    def run(self, *, pause: float = 0.05) -> None:
        """Start everything and keep it running until :meth:`stop`, or until an exception such as that of a signal."""
        try:
            while not self._stopping.is_set():
                for name, part in self._parts.items():
                    self._look_after(name, part)
                self._stopping.wait(pause)
        finally:
            self._end_all()

    def stop(self) -> None:
        """Let :meth:`run` end the processes and return."""
        self._stopping.set()

    def alive(self) -> dict[str, bool]:
        """Whether each part runs."""
        return {name: part.process is not None and part.process.poll() is None for name, part in self._parts.items()}

    def failing(self) -> list[str]:
        """The parts that ended soon after their start, more than once in a row, and do not run well since."""
        now = time.monotonic()
        return [
            name
            for name, part in self._parts.items()
            if part.failures >= FAILURES and (part.process is None or now - part.started < STABLE_SECONDS)
        ]

    def restarts(self) -> dict[str, int]:
        """How often each part was started again."""
        return {name: max(0, part.starts - 1) for name, part in self._parts.items()}

    def process_numbers(self) -> dict[str, int]:
        """The operating system's number of each part that runs."""
        return {name: part.process.pid for name, part in self._parts.items() if part.process is not None}

    def _look_after(self, name: str, part: _Part) -> None:
        now = time.monotonic()
        if part.process is not None:
            code = part.process.poll()
            if code is None:
                return
            part.failures = 1 if now - part.started > STABLE_SECONDS else part.failures + 1
            part.process, part.due = None, now + waiting_time(part.failures, FIRST_WAIT, LONGEST_WAIT)
            note("ended", part=name, exit_code=code, level=logging.ERROR)
        elif now >= part.due:
            part.started, part.starts = now, part.starts + 1
            try:
                part.process = subprocess.Popen(part.command, pass_fds=self._keep_open)  # noqa: S603
            except OSError as error:  # such as no memory for one more process
                part.failures += 1
                part.due = now + waiting_time(part.failures, FIRST_WAIT, LONGEST_WAIT)
                note("not_started", part=name, error=type(error).__name__, level=logging.ERROR)
                return
            note("started", part=name)

    def _end_all(self) -> None:
        running = [part.process for part in self._parts.values() if part.process is not None]
        for process in running:
            process.terminate()
        end = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:  # what it had claimed is seen to be nobody's at the next start
                process.kill()
                process.wait()
