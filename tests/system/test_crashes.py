# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A node whose processes are killed, stopped, or run out of disk."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request

import pytest

from examples.orthanc.archive import free_port
from monai_skin.pacs import Spool
from monai_skin.pacs.rows import RECEIVED
from tests.pacs.peers import photograph, port_of, serving, store
from tests.system.nodes import (
    Killer,
    PatientSender,
    archive,
    children,
    photographs,
    running,
    wait_until_done,
    write_settings,
)

# pynetdicom leaves sockets of refused connections to the collector
pytestmark = [
    pytest.mark.system,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]
OBJECTS, SENDERS, KILLS, SEED = 200, 4, 20, 1


def test_h8_h9_kills_of_receiver_worker_and_sender_lose_nothing_that_was_acknowledged(tmp_path):
    port = free_port()
    with archive() as (destination, stored):
        site = write_settings(tmp_path, destination, port=port)
        senders = [
            PatientSender(port, photographs(1000 * number, OBJECTS // SENDERS, ImageComments="x" * 20_000))
            for number in range(SENDERS)
        ]
        with running(site, port, tmp_path / "log") as process:
            killer = Killer(process, SEED, count=KILLS, pause=0.4)
            killer.start()
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join(120)
            killer.join(60)
            killer.stopping.set()
            spool = Spool(tmp_path / "spool")
            wait_until_done(spool, 60, retries=True)
        acknowledged = set().union(*(sender.acknowledged for sender in senders))
        assert len(acknowledged) == OBJECTS and killer.kills == KILLS
        counts = spool.queue.counts()
        assert (counts.received, counts.done) == (OBJECTS, OBJECTS)
        assert {f"{uid}.9" for uid in acknowledged} <= stored
        assert not list((spool.folder / "incoming").iterdir())
        spool.close()


def test_h9_a_kill_of_everything_leaves_a_spool_that_the_next_start_takes_up(tmp_path):
    port = free_port()
    with archive() as (destination, stored):
        site = write_settings(tmp_path, destination, port=port)
        sent = photographs(1, 40)
        with running(site, port, tmp_path / "log") as process:
            assert store(port, *list(sent.values())[:20]) == [0] * 20
            for number in [process.pid, *children(process)]:
                subprocess.run(["kill", "-9", str(number)])
        with running(site, port, tmp_path / "log"):
            sender = PatientSender(port, sent)
            sender.start()
            sender.join(60)
            assert sender.acknowledged == set(sent)
            spool = Spool(tmp_path / "spool")
            wait_until_done(spool, 30)
        assert spool.queue.counts().received == 40 and {f"{uid}.9" for uid in sent} == stored
        spool.close()


def test_a_stop_is_in_good_order_and_the_health_of_a_node_can_be_asked_for(tmp_path):
    port, health = free_port(), free_port()
    with archive() as (destination, _):
        site = write_settings(tmp_path, destination, port=port, health=health)
        with running(site, port, tmp_path / "log") as process:
            with urllib.request.urlopen(f"http://127.0.0.1:{health}/health", timeout=5) as reply:
                found = json.load(reply)
            assert found["ok"] and found["parts"] == {"receiver": True, "worker1": True, "sender": True}
            assert len(children(process)) == 3
            process.terminate()
            start = time.monotonic()
            assert process.wait(15) == 143 and time.monotonic() - start < 10
        journal = (tmp_path / "log").read_text()
        assert '"event": "listening"' in journal and "Traceback" not in journal


def test_h6_a_full_disk_is_told_to_the_sender_and_storing_goes_on_once_there_is_room(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        (disk / "ballast").write_bytes(bytes(1_500_000))
        spool = Spool(disk / "spool")
        large = [photograph(number, PixelData=bytes(900_000), Rows=500, Columns=600) for number in range(4)]
        with serving(spool) as server:
            statuses = store(port_of(server), *large)
            assert statuses[0] == 0 and statuses[-1] == 0xA700 and set(statuses) == {0, 0xA700}
            kept = statuses.count(0)
            names = sorted(path.name for path in (spool.folder / "incoming").iterdir())
            assert len(names) == kept == spool.queue.counts().received and not [n for n in names if "partial" in n]
            (disk / "ballast").unlink()
            assert store(port_of(server), large[-1]) == [0]
        assert len(spool.queue.items(RECEIVED)) == kept + 1
        spool.close()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
