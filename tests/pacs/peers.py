# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Peers of the node: well-behaved ones of pynetdicom, and one that sends whatever bytes a script says."""

from __future__ import annotations

import io
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pydicom
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts
from pynetdicom.association import Association
from pynetdicom.sop_class import Verification

from monai_skin.pacs.guards import GuardedServer
from monai_skin.pacs.receiver import make_server
from monai_skin.pacs.settings import ReceiverSettings
from monai_skin.pacs.spool import Spool
from tests.dicom.objects import DERMOSCOPIC, PHOTOGRAPHIC, object_bytes

ABORTED, REJECTED, ACCEPTED = 7, 3, 2


@contextmanager
def serving(spool: Spool, **settings: Any) -> Iterator[GuardedServer]:
    """A receiver on a free port."""
    server = make_server(ReceiverSettings(**{"port": 0, "timeout": 5.0, **settings}), spool)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()


def port_of(server: GuardedServer) -> int:
    return int(server.server_address[1])


@contextmanager
def calling(port: int, *, called: str = "MONAI_SKIN", title: str = "PEER", **words: Any) -> Iterator[Association]:
    """An association to the node."""
    entity = AE(ae_title=title)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 10
    for uid in (DERMOSCOPIC, PHOTOGRAPHIC):
        entity.add_requested_context(uid, ExplicitVRLittleEndian)
    entity.add_requested_context(Verification)
    association = entity.associate("127.0.0.1", port, ae_title=called, **words)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def dataset_of(data: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(data))


def photograph(number: int = 1, **elements: Any) -> pydicom.Dataset:
    return dataset_of(object_bytes(SOPInstanceUID=f"2.25.{1000 + number}", **elements))


def store(port: int, *datasets: pydicom.Dataset, **words: Any) -> list[int]:
    """Send objects over one association; a status each, or -1 where there was none."""
    with calling(port, **words) as association:
        return [int(getattr(association.send_c_store(one), "Status", -1)) for one in datasets]


# --- bytes of PS3.8 section 9.3, built by hand


def pdu(kind: int, body: bytes, *, length: int | None = None) -> bytes:
    return struct.pack(">BBL", kind, 0, len(body) if length is None else length) + body


def item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(body)) + body


def associate_request(*, called: bytes = b"MONAI_SKIN", title: bytes = b"PEER", sop_class: str = PHOTOGRAPHIC) -> bytes:
    context = item(0x30, sop_class.encode()) + item(0x40, b"1.2.840.10008.1.2")
    user = item(0x51, struct.pack(">L", 16384)) + item(0x52, b"1.2.3")
    body = struct.pack(">HH", 1, 0) + called.ljust(16) + title.ljust(16) + bytes(32)
    body += item(0x10, b"1.2.840.10008.3.1.1.1") + item(0x20, b"\x01\0\0\0" + context) + item(0x50, user)
    return pdu(1, body)


def fragment(data: bytes, *, command: bool, last: bool) -> bytes:
    body = bytes([1, command | last << 1]) + data
    return pdu(4, struct.pack(">L", len(body)) + body)


def store_command(uid: bytes, sop_class: bytes = PHOTOGRAPHIC.encode()) -> bytes:
    def element(number: int, value: bytes) -> bytes:
        return struct.pack("<HHL", 0, number, len(value)) + value

    def text(value: bytes) -> bytes:
        return value + b"\0" * (len(value) % 2)

    body = element(0x0002, text(sop_class)) + element(0x0100, b"\x01\0") + element(0x0110, b"\x01\0")
    body += element(0x0700, b"\0\0") + element(0x0800, b"\x01\0") + element(0x1000, text(uid))
    return element(0, struct.pack("<L", len(body))) + body


class ScriptedPeer:
    """A connection that sends what it is told and shows what comes back."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def __enter__(self) -> ScriptedPeer:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.socket.sendall(part)

    def kind(self) -> int | None:
        """The kind of the next data unit; None when the peer has closed."""
        try:
            head = self._exactly(6)
            if len(head) < 6:
                return None
            self.last = self._exactly(struct.unpack(">L", head[2:])[0])
        except ConnectionError:
            return None
        return head[0]

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count and (part := self.socket.recv(count - len(found))):
            found += part
        return found

    def associate(self, **words: Any) -> None:
        self.send(associate_request(**words))
        assert self.kind() == ACCEPTED

    def store(self, uid: bytes, data: bytes) -> int:
        """A whole C-STORE; the status of its response."""
        self.send(fragment(store_command(uid), command=True, last=True), fragment(data, command=False, last=True))
        assert self.kind() == 4
        return int.from_bytes(self.last.split(struct.pack("<HHL", 0, 0x0900, 2))[1][:2], "little")


def until(condition: Any, seconds: float = 10.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def all_contexts() -> Sequence[str]:
    return [str(one.abstract_syntax) for one in AllStoragePresentationContexts]
