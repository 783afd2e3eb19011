# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Who works on an item: a process, named so that its death is seen even after a restart of the machine.

A process number alone is not enough, for numbers are given out again.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

__all__ = ["is_alive", "this_process"]

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAME_END, _START = ")", 19  # field 22 of /proc/<pid>/stat, counted behind the process's name


def this_process() -> str:
    """The name of the running process: boot, number and time of its start."""
    return _name(os.getpid())


def is_alive(owner: str) -> bool:
    """Whether the process of that name still runs."""
    boot, number, _ = owner.split(":")
    return boot == _boot() and _name(int(number)) == owner and _exists(int(number))


@functools.cache
def _boot() -> str:
    return _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else "boot"


def _name(number: int) -> str:
    return f"{_boot()}:{number}:{_started(number)}"


def _started(number: int) -> str:
    try:
        status = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "0"
    fields = status.rpartition(_NAME_END)[2].split()
    return "dead" if fields[0] in "ZX" else fields[_START]


def _exists(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
