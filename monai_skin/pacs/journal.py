# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What the node says of its work: one JSON object a line, with only words from a list, so that no patient is in it."""

from __future__ import annotations

import json
import logging
import time
import traceback
from pathlib import Path

from monai_skin.errors import skin_error_in
from monai_skin.io import atomic_write

__all__ = ["ALLOWED", "keep_traceback", "note", "show_journal"]

LOGGER = logging.getLogger("monai_skin.pacs")
ALLOWED = frozenset(
    {
        *("event", "id", "sop_class", "bytes", "ms", "status", "error", "field", "part", "count", "attempts"),
        *("destination", "reason", "exit_code", "outcome", "port", "stage"),
    }
)
PRIVATE = 0o600


def note(event: str, *, level: int = logging.INFO, **values: str | int | float) -> None:
    """Log one event.

    Raises:
        KeyError: a word outside :data:`ALLOWED`, which is a mistake of ours.
    """
    unknown = set(values) - ALLOWED
    if unknown:
        raise KeyError(f"{sorted(unknown)[0]} is not a word of the journal")
    LOGGER.log(level, "%s", json.dumps({"event": event, **values}))


def show_journal() -> None:
    """Let the journal be seen on the error stream, and silence what other packages log of headers and peers."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter('{"time": "%(asctime)s", "journal": %(message)s}'))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
    for name in ("pynetdicom", "pydicom", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def keep_traceback(folder: Path, error: BaseException) -> str:
    """Write the traceback of a bug where only this user reads it, since it may quote a header, and return its name."""
    known = skin_error_in(error) or error
    name = f"{time.strftime('%Y%m%dT%H%M%S')}-{type(known).__name__}-{time.monotonic_ns()}.log"
    text = "".join(traceback.format_exception(error))
    atomic_write(folder / name, text.encode("utf-8", "backslashreplace"), mode=PRIVATE)
    return name
