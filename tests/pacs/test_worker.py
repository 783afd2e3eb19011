# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.worker`` and the routes, with a stand-in for the pipeline."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

from monai_skin.errors import StorageError
from monai_skin.pacs import NodeSettings, RouteSettings, Spool
from monai_skin.pacs.answer import Answer
from monai_skin.pacs.rows import DONE, PROCESSED, QUARANTINED, RECEIVED, Failure
from monai_skin.pacs.settings import WorkerSettings
from monai_skin.pacs.worker import TOOK_TOO_LONG, Worker
from tests.dicom.objects import object_bytes

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
ROUTE = RouteSettings(modalities=("XC",), destinations=("archive",))


@pytest.fixture
def spool(tmp_path):
    found = Spool(tmp_path / "spool")
    yield found
    found.close()


def receive(spool: Spool, number: int = 1, *, uid: str | None = None, calling: str = "PEER", **elements) -> str:
    own = f"2.25.{number}"
    data = object_bytes(SOPInstanceUID=own, **elements)
    return spool.receive([data[:1], data[1:]], uid=uid or own, calling=calling)


class Pretender:
    """Answers with the words it is told, and remembers what it was asked."""

    def __init__(self, *failures: Exception, poison: str = "") -> None:
        self.failures, self.poison, self.runs = list(failures), poison, []

    def __call__(self, objects, route, folder, device):
        self.runs.append(sorted(objects))
        if self.failures:
            raise self.failures.pop(0)
        if self.poison in objects:
            raise ZeroDivisionError("CANARY")
        (folder / "sr").write_bytes(b"report")
        return {name: Answer({"sr": folder / "sr"}) for name in objects}


def settings(*routes: RouteSettings, **worker) -> NodeSettings:
    return NodeSettings(routes=routes or (ROUTE,), worker=WorkerSettings(**{"first_wait": 0.0, **worker}))


def test_what_waits_is_answered_in_one_run_and_waits_to_be_sent(spool):
    names = sorted(receive(spool, number) for number in range(3))
    answering = Pretender()
    assert Worker(spool, settings(), answering=answering).work_once() == 3
    assert answering.runs == [names]
    items = spool.queue.items(PROCESSED)
    assert [(item.outcome, item.destinations) for item in items] == [("diagnosis", ("archive",))] * 3
    assert [path.read_bytes() for path in spool.results(names[0])] == [b"report"]
    assert not list((spool.folder / "work").iterdir())


def test_without_a_destination_an_item_is_done(spool):
    receive(spool)
    Worker(spool, settings(RouteSettings()), answering=Pretender()).work_once()
    assert spool.queue.counts().by_outcome == {"diagnosis": 1}


@pytest.mark.parametrize(
    "elements",
    [
        {"Manufacturer": "monai_skin", "SOPClassUID": SEGMENTATION},
        {"Manufacturer": "monai_skin", "ImageType": ["DERIVED", "SECONDARY"]},
    ],
)
def test_h13_our_own_results_are_not_answered_again(spool, elements):
    receive(spool, **elements)
    answering = Pretender()
    Worker(spool, settings(RouteSettings()), answering=answering).work_once()
    assert not answering.runs and spool.queue.counts().by_outcome == {"own_result": 1}


def test_the_first_route_that_fits_counts_and_what_none_fits_is_set_aside(spool):
    first = receive(spool, 1, calling="ONE")
    second = receive(spool, 2, calling="TWO")
    third = receive(spool, 3, Modality="CT")
    fourth = receive(spool, 4, Modality="SR")
    routes = (
        RouteSettings(task="segmentation", modalities=("XC",), calling_ae_titles=("ONE",)),
        RouteSettings(task="ignore", modalities=("SR",)),
        RouteSettings(modalities=("XC",)),
    )
    Worker(spool, settings(*routes), answering=Pretender()).work_once()
    outcomes = {name: spool.queue.find(name).outcome for name in (first, second, fourth)}
    assert outcomes == {first: "segmentation", second: "diagnosis", fourth: "ignored"}
    assert (spool.queue.find(third).state, spool.queue.find(third).failure.error) == (QUARANTINED, "NoRoute")


def test_a_route_may_ask_for_the_kind_of_object(spool):
    name = receive(spool)
    Worker(spool, settings(RouteSettings(sop_classes=("1.2.3",))), answering=Pretender()).work_once()
    assert spool.queue.find(name).state == QUARANTINED


def test_an_object_that_is_not_what_it_was_sent_as_is_set_aside(spool):
    name = receive(spool, uid="2.25.999")
    junk = spool.receive([b"", b"no object"], uid="2.25.5")
    Worker(spool, settings(), answering=Pretender()).work_once()
    assert spool.queue.find(name).failure.field == "SOPInstanceUID"
    assert spool.queue.find(junk).failure.field == "file"


def test_an_object_without_an_answer_is_set_aside_with_the_reason(spool):
    name = receive(spool)
    failure = Failure("process", "InvalidInputError", "Rows", "Rows is 0; expected 1 or more")
    answering = lambda objects, *_: {one: Answer({}, failure) for one in objects}  # noqa: E731
    Worker(spool, settings(), answering=answering).work_once()
    reason = json.loads((spool.folder / "quarantine" / name / "reason.json").read_text())
    assert (reason["field"], reason["attempts"], reason["stage"]) == ("Rows", 1, "process")


def test_where_a_run_fails_each_object_is_tried_alone(spool, caplog):
    names = sorted(receive(spool, number) for number in range(3))
    answering = Pretender(poison=names[1])
    Worker(spool, settings(max_attempts=2), answering=answering).work_once()
    assert {spool.queue.find(name).state for name in (names[0], names[2])} == {PROCESSED}
    bad = spool.queue.find(names[1])
    assert (bad.state, bad.attempts, bad.failure.error) == (RECEIVED, 1, "ZeroDivisionError")
    assert "CANARY" not in bad.failure.message + caplog.text
    Worker(spool, settings(max_attempts=2), answering=answering).work_once()
    assert spool.queue.find(names[1]).state == QUARANTINED


def test_a_passing_reason_is_tried_again(spool):
    name = receive(spool)
    worker = Worker(spool, settings(), answering=Pretender(StorageError("x: file is full; expected space")))
    worker.work_once()
    assert spool.queue.find(name).failure.error == "StorageError"
    worker.work_once()
    assert spool.queue.find(name).state == PROCESSED


def test_a_stop_in_the_middle_gives_everything_back(spool):
    receive(spool)

    def stopped(*_):
        raise SystemExit(143)

    with pytest.raises(SystemExit):
        Worker(spool, settings(), answering=stopped).work_once()
    (item,) = spool.queue.items(RECEIVED)
    assert (item.crashes, item.attempts) == (0, 0)


CHILD = """
    import os, sys, time
    from monai_skin.pacs import NodeSettings, RouteSettings, Spool
    from monai_skin.pacs.settings import WorkerSettings
    from monai_skin.pacs.worker import Worker

    def answer(objects, *_):
        {body}

    settings = NodeSettings(routes=(RouteSettings(),), worker=WorkerSettings(item_timeout=0.2))
    Worker(Spool(sys.argv[1]), settings, answering=answer).work_once()
"""


def run_child(spool: Spool, body: str) -> int:
    code = textwrap.dedent(CHILD.format(body=body))
    return subprocess.run([sys.executable, "-c", code, str(spool.folder)]).returncode


@pytest.mark.parametrize(("body", "ending"), [("os._exit(9)", 9), ("time.sleep(60)", TOOK_TOO_LONG)])
def test_h12_a_poison_object_is_set_aside_at_the_second_crash_and_the_queue_goes_on(spool, body, ending):
    name = receive(spool)
    assert [run_child(spool, body) for _ in range(2)] == [ending] * 2
    other = receive(spool, 2)
    Worker(spool, settings(), answering=Pretender()).work_once()
    assert (spool.queue.find(name).state, spool.queue.find(name).failure.error) == (QUARANTINED, "ProcessDied")
    assert spool.queue.find(other).state == PROCESSED
    assert not spool.queue.items(DONE)
