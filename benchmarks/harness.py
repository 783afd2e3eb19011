# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Timing several ways of doing one thing side by side, so that their ratio means something on a busy machine.

The ways take turns, call by call, and processor time is counted rather than time on the wall: what else the machine
does then hits all of them alike, or not at all. Compare ratios of one run; never milliseconds of two machines.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from importlib import metadata

import cv2
import torch

Works = Mapping[str, Callable[[], object]]


def take_turns(works: Works, *, rounds: int) -> dict[str, list[float]]:
    """Processor milliseconds of every call, ``rounds`` of them for each way of doing the work."""
    for work in works.values():
        work()  # the first call pays for caches and lazy imports
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            start = time.process_time_ns()
            work()
            times[name].append((time.process_time_ns() - start) / 1e6)
    return times


def compare(works: Works, *, ours: str, rounds: int = 20) -> dict[str, dict[str, float]]:
    """Median milliseconds of each way, and how many times longer than ours each other way takes.

    The ratio is the median of the ratios within a round, which a disturbance of a few rounds does not move.
    """
    times = take_turns(works, rounds=rounds)
    ratios = {
        name: round(statistics.median(other / own for other, own in zip(times[name], times[ours], strict=True)), 2)
        for name in works
        if name != ours
    }
    return {"ms": {name: round(statistics.median(each), 3) for name, each in times.items()}, "times_ours": ratios}


def one_thread() -> None:
    """Two-core machines: threads only add noise."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def version(package: str) -> str | None:
    """The installed version, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def report(subject: str, results: Mapping[str, object], packages: tuple[str, ...]) -> None:
    """Print one JSON object with the versions the numbers belong to."""
    versions = {"python": platform.python_version(), **{name: version(name) for name in packages}}
    json.dump({"subject": subject, "versions": versions, "results": results}, sys.stdout, indent=1)
    sys.stdout.write("\n")
