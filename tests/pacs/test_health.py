# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.health``."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from monai_skin.errors import UsageError
from monai_skin.pacs import Spool
from monai_skin.pacs.health import health_of, health_server, metrics_of
from monai_skin.pacs.supervisor import Supervisor


@pytest.fixture
def spool(tmp_path):
    found = Spool(tmp_path / "spool")
    found.receive([b"header", b"data"], uid="1.2.CANARY")
    found.receive([b"header", b"data"], uid="1.2.3")
    yield found
    found.close()


def answer(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_counts_are_shown_and_add_up(spool):
    found = health_of(spool)
    assert found["ok"] and found["received"] == found["done"] + found["waiting"] + found["quarantined"] == 2
    assert found["oldest_waiting_seconds"] >= 0


def test_a_part_that_does_not_run_is_not_well_and_says_so_on_this_machine_only(spool):
    with health_server(spool, Supervisor({"receiver": ["none"]}), 0) as port:
        status, text = answer(port, "/health")
        assert status == 503 and json.loads(text)["parts"] == {"receiver": False}
        assert answer(port, "/elsewhere")[0] == 404
        with pytest.raises(UsageError, match=r"health: port \d+ cannot be listened on"):
            with health_server(spool, Supervisor({}), port):
                pass
    with health_server(spool, Supervisor({}), 0) as port:
        assert answer(port, "/health")[0] == 200
        status, text = answer(port, "/metrics")
    assert status == 200 and "CANARY" not in text


def test_metrics_are_lines_that_prometheus_reads(spool):
    lines = metrics_of(health_of(spool, Supervisor({"receiver": ["none"]}))).splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert values["monai_skin_pacs_received_total"] == "2"
    assert values['monai_skin_pacs_objects{state="received"}'] == "2"
    assert values['monai_skin_pacs_up{part="receiver"}'] == "0"
    types = [line.split()[2:] for line in lines if line.startswith("# TYPE")]
    assert all(kind in ("counter", "gauge") for _, kind in types)
    assert all(float(value) >= 0 for value in values.values())
