# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Downloads against a server on this machine that can resume, cannot, breaks off, or sends something else."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from monai_skin.data import SOURCES, RemoteFile, Source, download_dataset, download_file
from monai_skin.errors import IntegrityError, PeerError, StorageError, UnsafeArtefactError, UsageError

BODY = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves ``files``; ``cut_after`` bytes each answer ends early, ``ignores_range`` sends everything each time."""

    files: dict[str, bytes] = {}
    cut_after: int | None = None
    ignores_range = False
    failures = 0
    asked: list[tuple[str, str | None]] = []

    def do_GET(self) -> None:
        settings = type(self)
        wanted = self.headers.get("Range")
        settings.asked.append((self.path, wanted))
        if settings.failures:
            settings.failures -= 1
            self.send_error(503)
            return
        body = self.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        start = 0 if wanted is None or self.ignores_range else int(wanted.split("=")[1].rstrip("-"))
        if start >= len(body) and start:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = len(body) if self.cut_after is None else start + self.cut_after
        self.wfile.write(body[start:end])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    handler = type("Settings", (Handler,), {"files": {"/a.bin": BODY}, "asked": []})
    listener = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    handler.address = f"http://127.0.0.1:{listener.server_port}"
    yield handler
    listener.shutdown()
    listener.server_close()
    thread.join()


def get(server, path, **words):
    return download_file(f"{server.address}/a.bin", path, progress=False, **words)


def test_a_file_arrives_whole_under_its_own_name(server, tmp_path):
    path = get(server, tmp_path / "deep" / "a.bin", sha256=SHA256)
    assert path.read_bytes() == BODY
    assert [file.name for file in path.parent.iterdir()] == ["a.bin"]


def test_a_file_that_is_there_and_right_is_not_fetched_again(server, tmp_path):
    get(server, tmp_path / "a.bin", sha256=SHA256)
    get(server, tmp_path / "a.bin", sha256=SHA256)
    assert len(server.asked) == 1


def test_a_connection_that_is_cut_goes_on_where_it_stopped(server, tmp_path):
    server.cut_after = 100_000
    assert get(server, tmp_path / "a.bin", sha256=SHA256).read_bytes() == BODY
    assert [wanted for _, wanted in server.asked] == [None, "bytes=100000-", "bytes=200000-"]


def test_what_a_stopped_program_left_is_used_by_the_next(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(BODY[:250_000])
    get(server, tmp_path / "a.bin", sha256=SHA256)
    assert server.asked == [("/a.bin", "bytes=250000-")]


def test_a_part_that_is_already_complete_is_kept(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(BODY)
    assert get(server, tmp_path / "a.bin", sha256=SHA256).read_bytes() == BODY


def test_a_part_longer_than_the_file_is_fetched_anew(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(BODY + b"more")
    assert get(server, tmp_path / "a.bin", sha256=SHA256).read_bytes() == BODY


def test_a_server_that_cannot_resume_sends_all_again(server, tmp_path):
    server.ignores_range = True
    (tmp_path / "a.bin.part").write_bytes(b"x" * 1000)
    assert get(server, tmp_path / "a.bin", sha256=SHA256).read_bytes() == BODY


def test_a_busy_server_is_asked_again(server, tmp_path):
    server.failures = 2
    assert get(server, tmp_path / "a.bin").read_bytes() == BODY


def test_a_wrong_digest_is_an_error_with_both_digests_and_leaves_nothing(server, tmp_path):
    with pytest.raises(IntegrityError, match=f"a.bin: sha256 is {SHA256}; expected {'0' * 64}"):
        get(server, tmp_path / "a.bin", sha256="0" * 64)
    assert not list(tmp_path.iterdir())


def test_md5_is_checked_too(server, tmp_path):
    with pytest.raises(IntegrityError, match=r"a\.bin: md5 is"):
        get(server, tmp_path / "a.bin", md5="0" * 32)


def test_a_missing_file_is_an_error_at_once(server, tmp_path):
    with pytest.raises(PeerError, match=r"b\.bin: server answered 404; expected the file"):
        download_file(f"{server.address}/b.bin", tmp_path / "b.bin", progress=False)
    assert len(server.asked) == 1
    assert not list(tmp_path.iterdir())


def test_a_server_that_only_breaks_off_is_given_up_and_what_came_is_kept(server, tmp_path):
    server.cut_after = 0
    (tmp_path / "a.bin.part").write_bytes(BODY[:7])
    with pytest.raises(PeerError, match=r"transfer broke off \(.* after 7 bytes\); expected run it again"):
        get(server, tmp_path / "a.bin", attempts=2)
    assert (tmp_path / "a.bin.part").stat().st_size == 7


def test_nobody_at_the_address_is_a_peer_error(tmp_path):
    with pytest.raises(PeerError, match="broke off"):
        download_file("http://127.0.0.1:9/a.bin", tmp_path / "a.bin", progress=False, attempts=1)


@pytest.mark.parametrize("address", ["http://example.org/a", "file:///etc/hostname", "ftp://example.org/a", "a.bin"])
def test_only_a_closed_line_is_used(address, tmp_path):
    with pytest.raises(UsageError, match="expected one that starts with https://"):
        download_file(address, tmp_path / "a", progress=False)


def test_a_folder_that_refuses_is_a_storage_error(server, tmp_path):
    (tmp_path / "folder").write_text("not a folder")
    with pytest.raises(StorageError, match=r"a\.bin: file could not be written"):
        get(server, tmp_path / "folder" / "a.bin")


def archive(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, data in files.items():
            packed.writestr(name.replace("__", "/"), data)
    return stream.getvalue()


def test_a_data_set_is_fetched_and_unpacked(server, tmp_path):
    server.files["/images.zip"] = archive(images__one=b"1", images__two=b"2")
    files = (RemoteFile(f"{server.address}/images.zip", "images.zip"), RemoteFile(f"{server.address}/a.bin", "t.csv"))
    got = download_dataset("mine", tmp_path, source=Source("CC0", "nobody", files), progress=False)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in got) == ["images/one", "images/two", "t.csv"]
    assert not (tmp_path / "images.zip").exists()


def test_an_archive_that_climbs_out_is_refused(server, tmp_path):
    server.files["/images.zip"] = archive(**{"..__one": b"1"})
    source = Source("CC0", "nobody", (RemoteFile(f"{server.address}/images.zip", "images.zip"),))
    with pytest.raises(UnsafeArtefactError):
        download_dataset("mine", tmp_path / "inner", source=source, progress=False)
    assert not (tmp_path / "one").exists()


def test_dataverse_says_which_files_there_are_and_their_digests(server, tmp_path):
    files = [
        {"dataFile": {"id": 1, "filename": "a.bin", "md5": hashlib.md5(BODY).hexdigest()}},
        {"dataFile": {"id": 2, "filename": "t.tab", "md5": "0" * 32, "originalFileFormat": "text/csv",
                      "originalFileName": "t.csv"}},
    ]  # fmt: skip
    server.files["/api/datasets/x"] = json.dumps({"data": {"latestVersion": {"files": files}}}).encode()
    server.files["/api/access/datafile/1"] = BODY
    server.files["/api/access/datafile/2?format=original"] = b"a,b\n"
    source = Source("CC0", "nobody", dataverse=f"{server.address}/api/datasets/x")
    got = download_dataset("mine", tmp_path, source=source, progress=False)
    assert [path.name for path in got] == ["a.bin", "t.csv"]
    server.files["/api/datasets/x"] = b'{"status": "OK"}'
    with pytest.raises(PeerError, match="dataverse: answer has another form"):
        download_dataset("mine", tmp_path, source=source, progress=False)


def test_an_unknown_data_set_is_refused_with_the_names_of_the_known(tmp_path):
    with pytest.raises(UsageError, match="data set is 'isic2027'; expected one of ham10000"):
        download_dataset("isic2027", tmp_path)


def test_every_source_uses_a_closed_line_and_names_its_licence():
    for source in SOURCES.values():
        assert source.licence
        assert source.credit
        assert all(file.address.startswith("https://") for file in source.files)
        assert source.files or source.dataverse.startswith("https://")
