# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``pacs.sender`` and ``pacs.deliver``: peers that store, refuse, break off and come back."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pydicom
import pytest
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt

from monai_skin.errors import PeerError, UsageError
from monai_skin.pacs import DestinationSettings, NodeSettings, Spool
from monai_skin.pacs.deliver import deliver
from monai_skin.pacs.rows import DONE, PROCESSED, QUARANTINED, RECEIVED
from monai_skin.pacs.sender import Sender
from monai_skin.pacs.settings import SenderSettings
from tests.dicom.objects import PHOTOGRAPHIC, object_bytes
from tests.pacs.peers import port_of, serving

# pynetdicom leaves the socket of a refused connection to the collector
leaves_sockets = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
REPLY_PARTIAL = b'{"00081198": {"vr": "SQ", "Value": [{}]}}'


@contextmanager
def archive(*statuses: int, port: int = 0) -> Iterator[tuple[DestinationSettings, list[str]]]:
    """An archive of pynetdicom that answers with these statuses in turn, the last one for ever."""
    stored: list[str] = []
    left = list(statuses) or [0]

    def store(event):
        stored.append(str(event.request.AffectedSOPInstanceUID))
        return left.pop(0) if len(left) > 1 else left[0]

    entity = AE(ae_title="ARCHIVE")
    entity.require_called_aet = True
    entity.add_supported_context(PHOTOGRAPHIC, ALL_TRANSFER_SYNTAXES)
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    try:
        yield DestinationSettings(name="archive", ae_title="ARCHIVE", port=server.server_address[1]), stored
    finally:
        server.shutdown()


@contextmanager
def web(status: int, reply: bytes = b"{}") -> Iterator[tuple[DestinationSettings, list[tuple[dict, bytes]]]]:
    """A DICOMweb service that answers every POST alike."""
    requests: list[tuple[dict, bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            requests.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/studies"
        yield DestinationSettings(name="web", kind="stow", url=url), requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def files(tmp_path) -> list[Path]:
    paths = [tmp_path / f"{number}.dcm" for number in (1, 2)]
    for number, path in enumerate(paths, 1):
        path.write_bytes(object_bytes(SOPInstanceUID=f"2.25.{number}"))
    return paths


def test_files_go_out_by_association(files):
    with archive() as (destination, stored):
        deliver(files, destination, timeout=5)
    assert stored == ["2.25.1", "2.25.2"]


@pytest.mark.parametrize("status", [0xB000, 0xB007])
def test_a_warning_means_stored(files, status):
    with archive(status) as (destination, stored):
        deliver(files, destination, timeout=5)
    assert len(stored) == 2


@leaves_sockets
def test_a_peer_that_does_not_store_is_named_with_what_it_did(files):
    with (
        archive(0, 0xA700) as (destination, _),
        pytest.raises(PeerError, match=r"archive: peer answered with .*0xa700"),
    ):
        deliver(files, destination, timeout=5)
    with pytest.raises(PeerError, match=r"archive: peer cannot be reached"):
        deliver(files, destination, timeout=5)
    with archive() as (destination, _):
        other = DestinationSettings(name="archive", ae_title="OTHER", port=destination.port)
        with pytest.raises(PeerError, match=r"rejected the association"):
            deliver(files, other, timeout=5)


def test_a_kind_of_object_that_the_peer_does_not_take_is_said(tmp_path):
    path = tmp_path / "s.dcm"
    path.write_bytes(object_bytes(SOPClassUID="1.2.840.10008.5.1.4.1.1.7"))
    with archive() as (destination, _), pytest.raises(PeerError, match=r"cannot be reached|does not accept"):
        deliver([path], destination, timeout=5)


def test_files_go_out_by_the_web_byte_for_byte_with_the_login(files, monkeypatch):
    monkeypatch.setenv("LOGIN", "me:secret")
    with web(200) as (destination, requests):
        deliver(files, DestinationSettings(**{**vars(destination), "login_variable": "LOGIN"}), timeout=5)
    ((headers, body),) = requests
    boundary = headers["Content-Type"].split("boundary=")[1].encode()
    parts = body.split(b"--" + boundary)
    contents = [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts[1:-1]]
    assert contents == [path.read_bytes() for path in files] and parts[-1] == b"--\r\n"
    assert headers["Authorization"] == "Basic bWU6c2VjcmV0"


@pytest.mark.parametrize(
    ("status", "reply", "message"),
    [
        (409, b"{}", r"web: peer answered with HTTP 409"),
        (302, b"", r"HTTP 302"),
        (202, REPLY_PARTIAL, r"did not store every object \(HTTP 202\)"),
        (202, b"<xml/>", r"did not store every object"),
    ],
)
def test_a_web_service_that_does_not_store_is_named_with_what_it_did(files, status, reply, message):
    with web(status, reply) as (destination, _), pytest.raises(PeerError, match=message):
        deliver(files, destination, timeout=5)


def test_accepted_without_failures_means_stored(files):
    with web(202) as (destination, requests):
        deliver(files, destination, timeout=5)
    assert len(requests) == 1


def test_a_missing_login_or_authority_is_named(files, tmp_path):
    words = {"name": "web", "kind": "stow", "url": "https://127.0.0.1:9/studies"}
    with pytest.raises(UsageError, match=r"web: NO_SUCH_LOGIN is not set to a login; expected user:password"):
        deliver(files, DestinationSettings(**words, login_variable="NO_SUCH_LOGIN"))
    with pytest.raises(UsageError, match=r"web: ca or certificate cannot be used"):
        deliver(files, DestinationSettings(**words, ca=str(tmp_path / "no.pem")))


def test_files_go_out_by_tls_to_a_peer_that_asks_who_we_are(files, tmp_path, certificate):
    public, private = certificate
    other = Spool(tmp_path / "other")
    with serving(other, certificate=public, key=private, ca=public) as server:
        words = {"name": "archive", "ae_title": "MONAI_SKIN", "port": port_of(server), "tls": True, "ca": public}
        deliver(files, DestinationSettings(**words, certificate=public, key=private), timeout=5)
    assert {item.uid for item in other.queue.items(RECEIVED)} == {"2.25.1", "2.25.2"}
    other.close()


@pytest.fixture
def spool(tmp_path, files):
    found = Spool(tmp_path / "spool")
    name = found.receive([b"header", b"data"], uid="1.2.3")
    found.queue.claim(RECEIVED, "me")
    found.finish(name, {"seg": files[0], "sr": files[1]}, outcome="diagnosis", destinations=["archive", "web"])
    yield found
    found.close()


def node(*destinations: DestinationSettings, **sender) -> NodeSettings:
    limits = SenderSettings(**{"first_wait": 0.0, "timeout": 5.0, **sender})
    return NodeSettings(destinations=destinations, sender=limits)


@leaves_sockets
def test_h11_results_wait_for_an_archive_that_is_away_and_go_to_each_destination_once(spool):
    with web(200) as (there, requests):
        with archive(0xA700, 0) as (destination, stored):
            sender = Sender(spool, node(destination, there))
            assert sender.work_once() == 1
            (item,) = spool.queue.items(PROCESSED)
            assert (item.attempts, item.failure.error, item.failure.field) == (1, "PeerError", "archive")
            port = destination.port
        sender.work_once()
        assert not requests and spool.queue.items(PROCESSED)[0].attempts == 2, "nobody listens"
        with archive(port=port) as (_, stored):
            sender.work_once()
        assert len(stored) == 2 and len(requests) == 1
    assert spool.queue.counts().by_outcome == {"diagnosis": 1}
    assert sender.work_once() == 0 and not list((spool.folder / "results").iterdir())


@leaves_sockets
def test_h11_after_the_last_attempt_results_are_set_aside_and_a_later_try_sends_the_same(spool):
    with web(200) as (there, _):
        with archive(0xA700) as (destination, _):
            sender = Sender(spool, node(destination, there, max_attempts=2))
            for _ in range(2):
                sender.work_once()
        (item,) = spool.queue.items(QUARANTINED)
        assert item.failure.stage == "send" and len(spool.results(item.id)) == 2
        assert [path.name for path in (spool.folder / "quarantine" / item.id).iterdir()]
        spool.retry()
        with archive(port=destination.port) as (_, stored):
            sender.work_once()
    assert stored == ["2.25.1", "2.25.2"] and spool.queue.items(DONE)


@leaves_sockets
def test_h11_a_wait_between_attempts_keeps_the_sender_from_trying_at_once(spool):
    with archive(0xA700) as (destination, stored):
        sender = Sender(spool, node(destination, first_wait=60.0))
        sender.work_once()
        assert sender.work_once() == 0 and len(stored) == 1


def test_a_destination_that_is_no_longer_in_the_settings_keeps_the_results(spool):
    Sender(spool, node()).work_once()
    (item,) = spool.queue.items(PROCESSED)
    assert item.failure.error == "KeyError" and len(spool.results(item.id)) == 2
    assert pydicom.dcmread(spool.results(item.id)[0]).SOPInstanceUID == "2.25.1"
