# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.receiver``: what peers may do, and what they are told."""

from __future__ import annotations

import errno
import json
import logging
import os
import re

import pydicom
import pytest
from pynetdicom import _config

from monai_skin.errors import UsageError
from monai_skin.pacs.receiver import is_uid, make_server
from monai_skin.pacs.rows import RECEIVED
from monai_skin.pacs.settings import ReceiverSettings
from monai_skin.pacs.spool import Spool
from tests.dicom.objects import PHOTOGRAPHIC
from tests.pacs.peers import (
    ABORTED,
    REJECTED,
    ScriptedPeer,
    associate_request,
    calling,
    fragment,
    photograph,
    port_of,
    serving,
    store,
    store_command,
)

# a process that only receives silences them, for they quote what peers send
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def spool(tmp_path):
    found = Spool(tmp_path / "spool")
    yield found
    found.close()


def test_an_object_is_kept_byte_for_byte_with_a_header_of_its_transfer_syntax(spool):
    sent = photograph()
    with serving(spool) as server:
        assert store(port_of(server), sent) == [0]
    (item,) = spool.queue.items(RECEIVED)
    kept = pydicom.dcmread(spool.incoming(item.id))
    assert kept == sent and kept.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID
    assert (item.uid, item.sop_class, item.calling) == (sent.SOPInstanceUID, PHOTOGRAPHIC, "PEER")


def test_echo_is_answered(spool):
    with serving(spool) as server, calling(port_of(server)) as association:
        assert association.send_c_echo().Status == 0


def test_h10_wrong_titles_and_unknown_classes_are_rejected_and_logged_without_what_the_peer_said(spool, caplog):
    caplog.set_level(logging.DEBUG)
    with serving(spool, calling_ae_titles=("PEER",)) as server:
        for words, reason in (({"called": b"CANARY"}, 7), ({"title": b"CANARY"}, 3)):
            with ScriptedPeer(port_of(server)) as peer:
                peer.send(associate_request(**words))
                assert peer.kind() == REJECTED
                assert tuple(peer.last[1:4]) == (1, 1, reason)
        with ScriptedPeer(port_of(server)) as peer:
            peer.associate(sop_class="1.2.3.4")
            assert re.search(rb"\x21\0..\x01\0\x03\0", peer.last, re.DOTALL), "abstract syntax not supported"
    assert "rejected" in caplog.text and "CANARY" not in caplog.text


@pytest.mark.parametrize("uid", [b"../../../tmp/evil", b"1.2\x00.3", b"CANARY^NAME"])
def test_g8_a_hostile_identifier_is_kept_under_an_opaque_name_in_quarantine(spool, uid, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with serving(spool) as server, ScriptedPeer(port_of(server)) as peer:
        peer.associate()
        assert peer.store(uid, b"\x08\0\x60\0\x02\0\0\0XC") == 0
    counts = spool.queue.counts()
    assert (counts.received, counts.quarantined) == (1, 1)
    (aside,) = (spool.folder / "quarantine").iterdir()
    assert json.loads((aside / "reason.json").read_text())["field"] == "SOPInstanceUID"
    assert pydicom.dcmread(aside / "object.dcm").Modality == "XC"
    assert [path.name for path in tmp_path.iterdir()] == ["spool"]
    assert "CANARY" not in caplog.text and "evil" not in caplog.text


@pytest.mark.parametrize("uid", [b"", b"1" * 65])
def test_g8_an_identifier_that_is_no_text_of_its_kind_stores_nothing_and_the_next_peer_is_served(spool, uid):
    with serving(spool, timeout=0.8) as server:
        with ScriptedPeer(port_of(server)) as peer:
            peer.associate()
            peer.send(fragment(store_command(uid), command=True, last=True), fragment(b"x", command=False, last=True))
            assert peer.kind() in (ABORTED, None)
        assert store(port_of(server), photograph()) == [0]
    assert spool.queue.counts().received == 1


def test_g9_a_patients_name_of_any_kind_has_no_effect_on_paths_or_journal(spool, caplog):
    caplog.set_level(logging.DEBUG)
    names = ["../../CANARY", "CANARY\"'`$(x)", "CANARY\x1b[2J"]
    sent = [photograph(number, PatientID=name, PatientName=name) for number, name in enumerate(names)]
    sent.append(photograph(9, SpecificCharacterSet="ISO_IR 192", PatientName="CANARY^김희중"))
    with serving(spool) as server:
        assert store(port_of(server), *sent) == [0] * 4
    kept = {pydicom.dcmread(path).PatientName for path in (spool.folder / "incoming").iterdir()}
    assert kept == {one.PatientName for one in sent}, "the text itself is as it came"
    assert "CANARY" not in caplog.text
    assert not [path for path in spool.folder.rglob("*") if "CANARY" in path.name]


def test_h6_a_full_disk_is_out_of_resources_and_storing_goes_on_once_there_is_room(spool, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with serving(spool) as server:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            assert store(port_of(server), photograph()) == [0xA700]
        assert not list((spool.folder / "incoming").iterdir())
        assert store(port_of(server), photograph()) == [0]
    assert spool.queue.counts().received == 1


def test_h7_a_fault_of_ours_is_told_apart_and_the_object_set_aside(spool, monkeypatch, caplog):
    real, calls = Spool.receive, []

    def broken(self, parts, **words):
        calls.append(words)
        if len(calls) == 1:
            raise ZeroDivisionError("CANARY")
        return real(self, parts, **words)

    monkeypatch.setattr(Spool, "receive", broken)
    with serving(spool) as server:
        assert store(port_of(server), photograph(), photograph(2)) == [0xC001, 0]
    (aside,) = (spool.folder / "quarantine").iterdir()
    assert json.loads((aside / "reason.json").read_text())["error"] == "ZeroDivisionError"
    (traceback,) = (spool.folder / "tracebacks").iterdir()
    assert "ZeroDivisionError" in traceback.read_text() and "CANARY" not in caplog.text
    assert spool.queue.counts().received == 2


def test_h14_identifiers_of_queries_are_not_logged(spool):
    with serving(spool):
        assert not _config.LOG_REQUEST_IDENTIFIERS and not _config.LOG_RESPONSE_IDENTIFIERS
        assert not logging.getLogger("pynetdicom.dimse").isEnabledFor(logging.CRITICAL)


def test_h15_a_long_queue_pushes_back(tmp_path):
    spool = Spool(tmp_path / "spool", limit=2)
    with serving(spool) as server:
        assert store(port_of(server), *map(photograph, range(4))) == [0, 0, 0xA700, 0xA700]
    assert spool.queue.counts().waiting == 2


def test_a_taken_port_is_named_as_the_fault(spool):
    with serving(spool) as server, pytest.raises(UsageError, match=r"receiver: address or TLS file cannot be used"):
        make_server(ReceiverSettings(port=port_of(server)), spool)


@pytest.mark.parametrize(("text", "fits"), [("1.2.3", True), ("", False), ("1..2", False), ("1." * 32 + "1", False)])
def test_an_identifier_is_digits_and_dots_of_limited_length(text, fits):
    assert is_uid(text) is fits
