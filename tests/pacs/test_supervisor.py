# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.supervisor``."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from monai_skin.pacs.supervisor import Supervisor
from tests.pacs.peers import until

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
NOWHERE = ["/no/such/program"]
END = [sys.executable, "-c", "raise SystemExit(3)"]


@contextmanager
def running(**commands: list[str]) -> Iterator[Supervisor]:
    found = Supervisor(commands)
    thread = threading.Thread(target=found.run, kwargs={"pause": 0.01})
    thread.start()
    try:
        yield found
    finally:
        found.stop()
        thread.join()


def test_a_process_that_is_killed_is_started_again_and_the_others_go_on():
    with running(one=SLEEP, two=SLEEP) as found:
        until(lambda: len(found.process_numbers()) == 2)
        before = found.process_numbers()
        os.kill(before["one"], signal.SIGKILL)
        until(lambda: found.process_numbers().get("one") not in (None, before["one"]))
        assert found.process_numbers()["two"] == before["two"]
        assert found.restarts() == {"one": 1, "two": 0} and found.alive() == {"one": True, "two": True}
        assert not found.failing(), "one end is no habit"
    assert found.alive() == {"one": False, "two": False}, "a stop ends them all"


def test_a_program_that_cannot_be_started_stops_no_other():
    with running(bad=NOWHERE, good=SLEEP) as found:
        until(lambda: found.restarts()["bad"] >= 1)
        assert found.alive() == {"bad": False, "good": True}


def test_a_process_that_ends_at_once_is_not_started_without_pause():
    with running(bad=END) as found:
        until(lambda: found.restarts()["bad"] >= 1)
        until(lambda: found.failing() == ["bad"])
        threading.Event().wait(0.5)
        assert found.restarts()["bad"] < 8
