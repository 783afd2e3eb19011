# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.spool``."""

from __future__ import annotations

import errno
import json
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from monai_skin.errors import StorageError, UsageError
from monai_skin.pacs.rows import DONE, PROCESSED, QUARANTINED, RECEIVED, WAITING, Failure
from monai_skin.pacs.spool import Spool

BAD = Failure("process", "InvalidInputError", "Rows", "opaque: Rows is 0; expected 1 or more")

AWAY = Failure("send", "PeerError", "archive", "archive: peer cannot be reached; expected an archive that stores")


@pytest.fixture
def spool(tmp_path):
    found = Spool(tmp_path / "spool", limit=3)
    yield found
    found.close()


def put(spool: Spool, uid: str, content: bytes = b"data") -> str:
    return spool.receive([b"header", content], uid=uid, sop_class="1.2", calling="PEER")


def balanced(spool: Spool) -> bool:
    counts = spool.queue.counts()
    return counts.received == counts.done + counts.waiting + counts.quarantined


def test_what_was_received_is_on_the_disk_as_it_came(spool):
    name = put(spool, "1.2.3")
    assert spool.incoming(name).read_bytes() == b"headerdata"
    (item,) = spool.queue.claim(RECEIVED, "me")
    assert (item.id, item.uid, item.calling) == (name, "1.2.3", "PEER")


def test_h5_the_same_object_twice_is_kept_once_and_other_content_of_its_uid_is_set_aside(spool):
    first = put(spool, "1.2.3")
    assert put(spool, "1.2.3") == first
    other = put(spool, "1.2.3", b"other")
    counts = spool.queue.counts()
    assert (counts.received, counts.waiting, counts.quarantined) == (2, 1, 1)
    assert spool.incoming(first).read_bytes() == b"headerdata", "nothing is overwritten"
    reason = json.loads((spool.folder / "quarantine" / other / "reason.json").read_text())
    assert (reason["error"], reason["field"]) == ("IntegrityError", "SOPInstanceUID")
    assert (spool.folder / "quarantine" / other / "object.dcm").read_bytes() == b"headerother"


def test_g8_g9_no_text_from_outside_becomes_a_path(spool, tmp_path):
    spool.queue.limit = 100
    for uid in ("../../../x", "1" * 65, "1.2\0.3", "", "CANARY^NAME", "\udc80", 'a/b"\n'):
        spool.receive([b"header", b"data"], uid=uid, sop_class="../y", calling="../z")
    assert [path.name for path in tmp_path.iterdir()] == ["spool"]
    names = [path.stem for path in (spool.folder / "incoming").iterdir()]
    assert len(names) == 7 and all(len(name) == 20 and name.isalnum() for name in names)


def test_j7_the_spool_is_for_its_owner_only(spool):
    name = put(spool, "1.2.3")
    spool.set_aside(name, BAD)
    spool.retry()
    (spool.folder / "work" / "r.dcm").write_bytes(b"r")
    spool.finish(name, {"sr": spool.folder / "work" / "r.dcm"}, outcome="diagnosis", destinations=["a"])
    put(spool, "1.2.4")
    for path in [spool.folder, *spool.folder.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.name != "r.dcm":
            assert mode == (0o700 if path.is_dir() else 0o600), path.name


def test_h15_more_than_the_limit_is_refused_and_the_same_object_still_welcome(spool):
    names = [put(spool, f"1.2.{number}") for number in range(3)]
    with pytest.raises(StorageError, match=r"queue: length is 3; expected fewer than 3"):
        put(spool, "1.2.9")
    assert put(spool, "1.2.0") == names[0]
    assert len(list((spool.folder / "incoming").iterdir())) == 3 and balanced(spool)


def test_h6_a_full_disk_leaves_neither_file_nor_row_and_the_next_object_is_kept(spool, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(StorageError, match="No space left"):
            put(spool, "1.2.3")
    assert not list((spool.folder / "incoming").iterdir()) and spool.queue.counts().received == 0
    put(spool, "1.2.3")
    assert spool.queue.counts().received == 1


def test_a_row_that_cannot_be_written_takes_its_file_back(spool, monkeypatch):
    def refuse(*_):
        raise StorageError("queue.sqlite: file could not be changed (disk is full); expected space")

    monkeypatch.setattr(spool.queue, "admit", refuse)
    with pytest.raises(StorageError):
        put(spool, "1.2.3")
    assert not list((spool.folder / "incoming").iterdir())


def test_h12_an_item_whose_process_died_twice_is_set_aside_and_comes_alone_before(spool):
    names = {put(spool, f"1.2.{number}") for number in range(3)}
    assert {item.id for item in spool.queue.claim(RECEIVED, "one", most=8)} == names
    assert spool.release_dead(lambda owner: False) == []
    (alone,) = spool.queue.claim(RECEIVED, "two", most=8)
    assert alone.crashes == 1
    assert spool.release_dead(lambda owner: owner != "two") == [alone.id]
    assert spool.queue.counts().quarantined == 1 and spool.queue.counts().waiting == 2
    reason = json.loads((spool.folder / "quarantine" / alone.id / "reason.json").read_text())
    assert reason["error"] == "ProcessDied" and reason["stage"] == "process"


def test_a_stop_in_good_order_blames_no_item(spool):
    put(spool, "1.2.3")
    spool.queue.claim(RECEIVED, "me")
    spool.queue.give_back("me")
    (item,) = spool.queue.claim(RECEIVED, "me")
    assert (item.crashes, item.attempts) == (0, 0)


def test_a_failure_waits_its_time(tmp_path):
    now = [1000.0]
    spool = Spool(tmp_path / "spool", clock=lambda: now[0])
    name = put(spool, "1.2.3")
    spool.queue.claim(RECEIVED, "me")
    spool.queue.postpone(name, BAD, 30.0)
    assert spool.queue.claim(RECEIVED, "me") == []
    now[0] += 31
    assert [item.attempts for item in spool.queue.claim(RECEIVED, "me")] == [1]


def test_results_are_kept_until_every_destination_has_them(spool, tmp_path):
    name = put(spool, "1.2.3")
    (tmp_path / "a").write_bytes(b"segmentation")
    spool.queue.claim(RECEIVED, "me")
    spool.finish(name, {"seg": tmp_path / "a"}, outcome="diagnosis", destinations=["one", "two"])
    assert [path.read_bytes() for path in spool.results(name)] == [b"segmentation"]
    (item,) = spool.queue.claim(PROCESSED, "me")
    assert item.destinations == ("one", "two")
    spool.queue.mark_delivered(name, "one")
    assert spool.queue.delivered(name) == {"one"}
    spool.delivered(item)
    assert spool.queue.counts().by_outcome == {"diagnosis": 1}
    assert not spool.results(name) and not spool.incoming(name).exists()
    assert put(spool, "1.2.3") == name and spool.queue.counts().waiting == 0, "what is done is not done again"


def test_what_is_in_quarantine_can_be_tried_again_by_its_id(spool):
    name = put(spool, "1.2.3")
    spool.set_aside(name, BAD)
    with pytest.raises(UsageError, match=r"pacs: id 'nobody' is not in quarantine"):
        spool.retry(["nobody"])
    assert spool.retry([name]) == [name]
    assert spool.incoming(name).exists() and not (spool.folder / "quarantine" / name).exists()
    assert spool.queue.counts().waiting == 1


def test_what_is_in_quarantine_can_be_deleted_for_good(spool):
    name, other = put(spool, "1.2.3"), put(spool, "1.2.4")
    spool.set_aside(name, BAD)
    assert spool.discard([name]) == [name] and put(spool, "1.2.3") == name
    with pytest.raises(UsageError, match="is not in quarantine"):
        spool.discard([other])
    assert [path.stem for path in spool.folder.glob("*/*") if path.name != "lock"] == [other]
    assert spool.queue.counts().by_outcome == {"discarded": 1} and balanced(spool)


def test_g12_a_crash_between_file_and_row_leaves_no_half_object(spool, tmp_path):
    name = put(spool, "1.2.3")
    (spool.folder / "incoming" / "ORPHAN.dcm").write_bytes(b"never acknowledged")
    (spool.folder / "results" / name).mkdir()
    (spool.folder / "quarantine" / "STALE").mkdir()
    (spool.folder / "work" / "half").mkdir()
    spool.recover()
    assert [path.stem for path in (spool.folder / "incoming").iterdir()] == [name]
    assert not [path for folder in ("results", "quarantine", "work") for path in (spool.folder / folder).iterdir()]


def test_a_key_of_another_length_is_refused(tmp_path):
    Spool(tmp_path).close()
    (tmp_path / "site.key").write_bytes(b"short")
    with pytest.raises(Exception, match=r"site.key: length is 5 bytes; expected 32"):
        Spool(tmp_path)


LIFE = """
import importlib, os, sys
from pathlib import Path
from monai_skin.pacs import Spool
from monai_skin.pacs.rows import PROCESSED, RECEIVED, Failure

folder, place, when = sys.argv[1:]
module, name = place.split(":")
owner = importlib.import_module(module)
for part in name.split(".")[:-1]:
    owner = getattr(owner, part)
real = getattr(owner, name.split(".")[-1])

def dying(*args, **words):
    if when == "after":
        real(*args, **words)
    os._exit(9)

spool = Spool(folder)
(Path(folder) / "result").write_bytes(b"result")
for number in range(2):
    if number or "admit" in place or "atomic" in place:
        setattr(owner, name.split(".")[-1], dying)
    print(spool.receive([b"header", b"%d" % number], uid=f"1.2.{number}"), flush=True)
for item in spool.queue.claim(RECEIVED, "1:1:1", most=2):
    if item.uid == "1.2.0":
        spool.finish(item.id, {"sr": Path(folder) / "result"}, outcome="x", destinations=["d"])
    else:
        spool.set_aside(item.id, Failure("process", "E"))
spool.retry()
for item in spool.queue.claim(PROCESSED, "1:1:1"):
    spool.delivered(item)
"""
QUEUE = "monai_skin.pacs.queue:Queue"
STEPS = [f"{QUEUE}.{step}" for step in ("admit", "claim", "advance", "set_aside", "retry")]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", [*STEPS, "monai_skin.pacs.spool:Spool._follow", "monai_skin.pacs.spool:atomic_file"])
def test_g12_a_crash_at_any_step_leaves_rows_and_files_that_the_next_start_makes_agree(tmp_path, step, when):
    words = [sys.executable, "-c", LIFE, str(tmp_path / "spool"), step, when]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 9, done.stderr
    spool = Spool(tmp_path / "spool")
    spool.recover()
    spool.release_dead(lambda owner: False)
    acknowledged = done.stdout.split()
    assert balanced(spool) and spool.queue.counts().received >= len(acknowledged)
    for number, name in enumerate(acknowledged):
        item = spool.queue.find(name)
        aside = spool.folder / "quarantine" / name
        place = aside / "object.dcm" if item.state == QUARANTINED else spool.incoming(name)
        assert item.state == DONE or place.read_bytes() == b"header%d" % number
        assert item.state != PROCESSED or spool.results(name)
    assert not [path for path in spool.folder.rglob("*") if "partial" in path.name]
    kept = {path.stem for path in (spool.folder / "incoming").iterdir()}
    assert kept == {item.id for item in spool.queue.items(*WAITING)}
    spool.close()


class Life(RuleBasedStateMachine):
    """Anything that can happen to a spool, in any order, with a crash anywhere."""

    objects = Bundle("objects")
    claimed = Bundle("claimed")
    sending = Bundle("sending")

    def __init__(self) -> None:
        super().__init__()
        shared = Path("/dev/shm")  # flushing a real disk takes most of the time
        self.folder = Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else None))
        self.result = self.folder / "result"
        self.result.write_bytes(b"result")
        self.dead: set[str] = set()
        self.acknowledged: dict[str, bytes] = {}
        self.generation = 0
        self.open()

    def open(self) -> None:
        self.generation += 1
        self.spool = Spool(self.folder / "spool", clock=lambda: 0.0)

    @property
    def owner(self) -> str:
        return f"process {self.generation}"

    @rule(target=objects, number=st.integers(0, 5), content=st.sampled_from([b"a", b"b"]))
    def receive(self, number, content):
        name = put(self.spool, f"1.2.{number}", content)
        self.acknowledged[name] = b"header" + content
        return name

    @rule(name=objects)
    def receive_again(self, name):
        before = self.spool.queue.counts()
        found = self.spool.queue.find(name)
        put(self.spool, found.uid, self.acknowledged[name][-1:])
        assert self.spool.queue.counts() == before

    @rule(target=claimed, most=st.integers(1, 3))
    def claim(self, most):
        return [item.id for item in self.spool.queue.claim(RECEIVED, self.owner, most=most)]

    def mine(self, names):
        """Those still claimed: a crash or a restart may have come between."""
        return [n for n in names if (found := self.spool.queue.find(n)) and found.state == "processing"]

    @rule(names=consumes(claimed), sent=st.booleans())
    def process(self, names, sent):
        for name in self.mine(names):
            self.spool.finish(name, {"sr": self.result}, outcome="x", destinations=["d"] if sent else [])

    @rule(names=consumes(claimed), forever=st.booleans())
    def fail(self, names, forever):
        for name in self.mine(names):
            self.spool.set_aside(name, BAD) if forever else self.spool.queue.postpone(name, BAD, 0.0)

    @rule(target=sending)
    def send(self):
        return [item.id for item in self.spool.queue.claim(PROCESSED, self.owner, most=2)]

    @rule(names=consumes(sending), ending=st.sampled_from(["well", "later", "never"]))
    def sent(self, names, ending):
        for name in names:
            item = self.spool.queue.find(name)
            if item.state == "sending":
                assert self.spool.results(name)
                if ending == "well":
                    self.spool.delivered(item)
                elif ending == "later":
                    self.spool.queue.postpone(name, AWAY, 0.0)
                else:
                    self.spool.set_aside(name, AWAY)

    @rule()
    def crash_of_a_worker(self):
        self.dead.add(self.owner)
        self.generation += 1
        self.spool.release_dead(lambda owner: owner not in self.dead)

    @rule(half=st.booleans())
    def crash_of_the_node(self, half):
        if half:  # in the middle of moving files
            for path in (self.spool.folder / "quarantine").glob("*/reason.json"):
                path.unlink()
            (self.spool.folder / "incoming" / "HALF.dcm").write_bytes(b"never acknowledged")
        self.spool.close()
        self.dead.add(self.owner)
        self.open()
        self.spool.recover()
        self.spool.release_dead(lambda owner: owner not in self.dead)

    @rule()
    def retry(self):
        self.spool.retry()

    @invariant()
    def the_sum_is_right(self):
        assert balanced(self.spool) and self.spool.queue.counts().received == len(self.acknowledged)

    @invariant()
    def all_that_was_acknowledged_is_on_the_disk(self):
        for name, content in self.acknowledged.items():
            item = self.spool.queue.find(name)
            aside = self.spool.folder / "quarantine" / name
            places = {DONE: None, QUARANTINED: aside / "object.dcm"}
            place = places.get(item.state, self.spool.incoming(name))
            assert place is None or place.read_bytes() == content
            assert item.state not in (PROCESSED, "sending") or self.spool.results(name)
            assert (item.state == QUARANTINED) == (aside / "reason.json").exists()

    def teardown(self):
        self.spool.close()
        shutil.rmtree(self.folder)


TestLife = Life.TestCase
slow_disk = [HealthCheck.too_slow]
TestLife.settings = settings(max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=slow_disk)
