# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The worker process in monai_skin's environment, and questions to it in lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from fastapi import HTTPException

OPTIONS = ("models", "bundle", "diagnosis_bundle", "sam", "concepts", "concept_weights", "device")
_ANOTHERS_FAULT = {2: 400, 3: 400, 4: 400, 7: 507, 9: 409}


class Worker:
    """One long-lived process, started at the first question and again should it ever end.

    Args:
        conf: the app's ``--conf``: ``python``, the interpreter that has monai_skin, else ``$MONAI_SKIN_PYTHON``; and
            the options of ``label worker``.
    """

    def __init__(self, conf: dict[str, str]) -> None:
        self.conf = conf
        self._process: subprocess.Popen[str] | None = None
        self._alone = threading.Lock()  # a question at a time

    @property
    def models(self) -> str:
        """The folder of the weight versions."""
        return str(Path(self.conf.get("models", "label_models")).absolute())

    def ask(self, kind: str, **question: Any) -> dict[str, Any]:
        """Answer a question, or raise what a client should hear."""
        line = json.dumps({"do": kind, **question})
        with self._alone:
            reply = self._exchange(line)
        if "error" in reply:
            raise HTTPException(_ANOTHERS_FAULT.get(reply.get("exit_code", 1), 500), reply["error"])
        return reply

    def command(self, action: str) -> list[str]:
        """How to start an action of ``monai_skin label`` with this app's options."""
        python = self.conf.get("python") or os.environ.get("MONAI_SKIN_PYTHON")
        if not python:
            raise HTTPException(
                500, "label: MONAI_SKIN_PYTHON is not set; expected the interpreter that has monai_skin"
            )
        conf = {**self.conf, "models": self.models}
        given = [part for name in OPTIONS if conf.get(name) for part in (f"--{name.replace('_', '-')}", conf[name])]
        return [python, "-m", "monai_skin", "label", action, *given]

    def environment(self) -> dict[str, str]:
        """Of monai_skin's interpreter: without the paths of this one."""
        own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
        place = os.environ.get("MONAI_SKIN_PATH", "")
        return {**own, "PYTHONPATH": place} if place else own

    def _exchange(self, line: str) -> dict[str, Any]:
        process = self._running()
        try:
            process.stdin.write(line + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            reply = process.stdout.readline()  # type: ignore[union-attr]
        except OSError:
            reply = ""
        if not reply:
            process.kill()
            self._process = None
            raise HTTPException(502, "label: the worker ended; expected an answer, and the log of the server says more")
        return json.loads(reply)

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603
                self.command("worker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sys.stderr,
                text=True,
                env=self.environment(),
            )
        return self._process
