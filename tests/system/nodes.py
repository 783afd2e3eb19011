# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Nodes as processes, and archives beside them."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pydicom
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

from examples.orthanc.archive import wait_until_listening
from monai_skin.pacs import Spool
from monai_skin.pacs.rows import QUARANTINED
from tests.dicom.objects import PHOTOGRAPHIC
from tests.pacs.peers import photograph

ROOT = Path(__file__).resolve().parents[2]


def write_settings(folder: Path, destination: str, *, port: int, health: int = 0, **receiver: object) -> Path:
    """A settings file that tries again soon."""
    lines = "\n".join(f"{key} = {value}" for key, value in receiver.items())
    text = f"""
[receiver]
port = {port}
timeout = 10
{lines}
[health]
port = {health}
[worker]
first_wait = 0.1
longest_wait = 0.5
max_attempts = 50
[sender]
first_wait = 0.1
longest_wait = 0.5
max_attempts = 500
timeout = 5
[[routes]]
destinations = ["archive"]
[[destinations]]
name = "archive"
{destination}
"""
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def running(site: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A node whose models are a stand-in; on the way out it is stopped in good order."""
    command = [sys.executable, "-m", "tests.system.fake_node", str(site)]
    with log.open("ab") as stream:
        process = subprocess.Popen(command, stderr=stream, cwd=ROOT)
    try:
        wait_until_listening(port)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def children(process: subprocess.Popen[bytes]) -> list[int]:
    try:
        text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    except OSError:
        return []
    return [int(number) for number in text.split()]


class Killer(threading.Thread):
    """Ends processes of a node without warning, one after the other."""

    def __init__(self, process: subprocess.Popen[bytes], seed: int, *, count: int, pause: float) -> None:
        super().__init__()
        self.process, self.random, self.left, self.pause, self.kills = process, random.Random(seed), count, pause, 0
        self.stopping = threading.Event()

    def run(self) -> None:
        while self.kills < self.left and not self.stopping.wait(self.pause * self.random.uniform(0.5, 1.5)):
            alive = children(self.process)
            if alive:
                try:
                    os.kill(self.random.choice(alive), signal.SIGKILL)
                    self.kills += 1
                except ProcessLookupError:
                    pass


@contextmanager
def archive() -> Iterator[tuple[str, set[str]]]:
    """A quick archive: the settings of it as a destination, and the identifiers that it holds."""
    stored: set[str] = set()

    def store(event: evt.Event) -> int:
        stored.add(str(event.request.AffectedSOPInstanceUID))
        return 0

    entity = AE(ae_title="ARCHIVE")
    entity.add_supported_context(PHOTOGRAPHIC)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    try:
        yield f'kind = "dicom"\nae_title = "ARCHIVE"\nport = {server.server_address[1]}', stored
    finally:
        server.shutdown()


class PatientSender(threading.Thread):
    """Sends objects until each was acknowledged, however often the receiver dies."""

    def __init__(self, port: int, datasets: Mapping[str, pydicom.Dataset]) -> None:
        super().__init__()
        self.port, self.left, self.acknowledged = port, dict(datasets), set()

    def run(self) -> None:
        while self.left:
            entity = AE(ae_title="PEER")
            entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = entity.connection_timeout = 5
            entity.add_requested_context(PHOTOGRAPHIC, "1.2.840.10008.1.2.1")
            entity.add_requested_context(Verification)
            association = entity.associate("127.0.0.1", self.port, ae_title="MONAI_SKIN")
            try:
                for uid, dataset in list(self.left.items()):
                    if association.send_c_store(dataset).get("Status") != 0:
                        break
                    self.acknowledged.add(uid)
                    del self.left[uid]
            except RuntimeError:  # there is no association, or no longer
                pass
            finally:
                if association.is_established:
                    association.release()
            if self.left:
                time.sleep(0.1)


def photographs(first: int, count: int, **elements: object) -> dict[str, pydicom.Dataset]:
    found = [photograph(number, **elements) for number in range(first, first + count)]
    return {str(one.SOPInstanceUID): one for one in found}


def wait_until_done(spool: Spool, seconds: float, *, retries: bool = False) -> None:
    """Until nothing waits; with retries, innocent items that died twice with their process are tried again."""
    end = time.monotonic() + seconds
    while True:
        counts = spool.queue.counts()
        assert counts.received == counts.done + counts.waiting + counts.quarantined
        if retries and spool.queue.items(QUARANTINED):
            spool.retry()
        elif counts.waiting == 0 and counts.quarantined == 0:
            return
        assert time.monotonic() < end, counts
        time.sleep(0.1)
