# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Questions and answers in lines of JSON: how MONAI Label's app, in an environment of its own, asks this package.

A question is one line, ``{"do": "outline", ...}``, on the standard input; its answer is one line on the standard
output, with what was asked for or with ``error`` and ``exit_code``. The networks are loaded at the first question that
needs them and stay in memory: starting Python for each picture would cost seconds a time.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from monai_skin.errors import SkinError, UsageError, skin_error_in
from monai_skin.label.answers import Answers

__all__ = ["answer_line", "serve_lines"]

_log = logging.getLogger(__name__)


def serve_lines(lines: Iterable[str], write: Callable[[str], None], answers: Answers) -> None:
    """Answer line by line until there is none; whatever else prints goes to the error stream meanwhile."""
    for line in lines:
        if line.strip():
            with contextlib.redirect_stdout(sys.stderr):
                reply = answer_line(line, answers)
            write(json.dumps(reply, allow_nan=False))


def answer_line(line: str, answers: Answers) -> dict[str, Any]:
    """One answer. No question ends the worker, whatever is wrong with it."""
    try:
        question = json.loads(line)
        if not isinstance(question, Mapping):
            raise UsageError.about("worker", "question", "is no object", expected='an object with a key "do"')
        return answers.ask(question)
    except json.JSONDecodeError:
        return _refusal(UsageError.about("worker", "question", "is not JSON", expected="one JSON object on a line"))
    except Exception as error:
        known = skin_error_in(error)
        if known is not None:
            return _refusal(known)
        _log.exception("unexpected")  # with its traceback, on the error stream
        return {"error": f"unexpected {type(error).__name__}; the log of the server says more", "exit_code": 1}


def _refusal(error: SkinError) -> dict[str, Any]:
    return {"error": str(error), "exit_code": error.exit_code}
