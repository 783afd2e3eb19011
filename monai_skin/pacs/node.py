# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A node as a whole: a receiver, workers and a sender, each a process of its own that shares nothing but the spool.

The receiver, which strangers talk to, loads no model; a model that crashes takes neither receiver nor sender with it.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path

from monai_skin.errors import UsageError
from monai_skin.pacs.health import health_server
from monai_skin.pacs.journal import keep_traceback, note, show_journal
from monai_skin.pacs.read_settings import read_settings
from monai_skin.pacs.settings import NodeSettings
from monai_skin.pacs.spool import Spool
from monai_skin.pacs.supervisor import Supervisor

if sys.platform != "win32":
    import fcntl

__all__ = ["PARTS", "commands_of", "run_part", "serve"]

PARTS = ("receiver", "worker", "sender")
IDLE_SECONDS, LOCK_SECONDS = 0.2, 15.0
MEGABYTE, BASE_MEMORY_MB = 10**6, 4_000
FAULT_SECONDS = 1.0


def commands_of(settings: NodeSettings, file: str | os.PathLike[str]) -> dict[str, list[str]]:
    """The command line of each process."""
    python = [sys.executable, "-m", "monai_skin", "pacs", "part"]
    workers = [f"worker{number}" for number in range(1, settings.worker.processes + 1)]
    return {name: [*python, name.rstrip("0123456789"), str(file)] for name in ("receiver", *workers, "sender")}


def serve(
    file: str | os.PathLike[str],
    *,
    commands: Callable[[NodeSettings, str | os.PathLike[str]], Mapping[str, Sequence[str]]] = commands_of,
) -> None:
    """Run a node until a signal ends it.

    Args:
        file: of settings.
        commands: what to run, by the name of the part.

    Raises:
        InvalidInputError: a setting is wrong.
        UsageError: another node uses the spool, or the extra is not installed.
    """
    _private()
    check_installed()
    settings = read_settings(file)
    show_journal()
    with _only_node(settings.spool.folder) as lock:
        spool = Spool(settings.spool.folder, limit=settings.spool.max_waiting)
        spool.recover()
        supervisor = Supervisor(commands(settings, file), keep_open=[lock])
        port = settings.health.port
        with health_server(spool, supervisor, port) if port else nullcontext():
            supervisor.run()
        spool.close()


def run_part(name: str, file: str | os.PathLike[str]) -> None:
    """One process of a node: ``receiver``, ``worker`` or ``sender``; ends when the process that started it does."""
    _private()
    check_installed()
    settings = read_settings(file)
    show_journal()
    spool = Spool(settings.spool.folder, limit=settings.spool.max_waiting)
    if name == "receiver":
        _receive(spool, settings)
    elif name == "worker":
        from monai_skin.pacs.answer import check_routes
        from monai_skin.pacs.worker import Worker

        check_routes(settings.routes)
        _repeat(Worker(spool, settings).work_once, spool)
    elif name == "sender":
        from monai_skin.pacs.sender import Sender

        _repeat(Sender(spool, settings).work_once, spool)
    else:
        raise UsageError.about("pacs", "part", f"is {name!r}", expected=f"one of {', '.join(PARTS)}")


def check_installed() -> None:
    """Refuse to start without what the extra brings.

    Raises:
        UsageError: a package is missing.
    """
    for package in ("pynetdicom", "highdicom"):
        if find_spec(package) is None:
            expected = "the extra: pip install 'monai-skin[pacs]'"
            raise UsageError.about("pacs", package, "is not installed", expected=expected)


def _private() -> None:
    os.umask(0o077)
    warnings.simplefilter("ignore")  # other packages' warnings quote values of headers


def _receive(spool: Spool, settings: NodeSettings) -> None:
    from monai_skin.pacs.receiver import make_server

    spool.sweep_incoming()
    # the second guard: whatever got past the others ends this process, not the machine
    most = (settings.receiver.max_buffered_mb * 3 + BASE_MEMORY_MB) * MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    server = make_server(settings.receiver, spool)
    note("listening", port=int(server.server_address[1]))
    threading.Thread(target=_end_with_parent, args=(server.shutdown,), daemon=True).start()
    try:
        server.serve_forever()
    except (SystemExit, KeyboardInterrupt):
        server.shutdown()  # also ends the threads of open associations
        raise


def _end_with_parent(end: Callable[[], None]) -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(IDLE_SECONDS)
    end()


def _repeat(work: Callable[[], int], spool: Spool) -> None:
    """Work while there is work, and look for more a few times a second."""
    parent = os.getppid()
    while os.getppid() == parent:
        try:
            found = work()
        except Exception as error:  # such as a full disk: the items wait, and so do we
            note("fault", error=type(error).__name__, level=logging.ERROR)
            with _never_fails():
                keep_traceback(spool.folder / "tracebacks", error)
            time.sleep(FAULT_SECONDS)
            continue
        if not found:
            time.sleep(IDLE_SECONDS)


@contextmanager
def _never_fails() -> Iterator[None]:
    try:
        yield
    except Exception:
        note("no_traceback", level=logging.ERROR)


@contextmanager
def _only_node(folder: str) -> Iterator[int]:
    """Hold the lock of a spool, which its processes inherit: it is free only when all of them are gone.

    Raises:
        UsageError: another node holds it.
    """
    Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(Path(folder) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + LOCK_SECONDS
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    problem, expected = "is used by another node", "a spool of its own for each"
                    raise UsageError.about(Path(folder).name, "spool", problem, expected=expected) from None
                time.sleep(IDLE_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)
