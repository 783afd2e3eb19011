# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""`python -m benchmarks.pacs`: objects received a second beside other receivers, and seconds from a picture to results.

Four programs send 25 objects of 1.2 MB each at the same time to our receiver, which flushes each object and its row to
the disk before it answers, and to receivers that flush nothing: pynetdicom's own and DCMTK's. They take turns, for the
machine is never idle. Then phantoms go through a whole node with the bundles' models, one alone and eight at once.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt

from benchmarks.harness import report
from examples.orthanc.archive import free_port, wait_until_listening
from monai_skin.data.phantoms import make_phantom
from monai_skin.dicom import wrap_photograph, write_object
from monai_skin.io import write_image

SENDERS, OBJECTS, ROUNDS = 4, 25, 3
ROWS, COLUMNS = 600, 667  # 1.2 MB of colour
REPORT = "1.2.840.10008.5.1.4.1.1.88.34"
PATH = os.pathsep.join(one for one in os.environ["PATH"].split(os.pathsep) if not one.startswith(sys.prefix))
SETTINGS = """
[receiver]
port = {port}
max_associations = 16
[worker]
device = "cpu"
[[routes]]
destinations = ["archive"]
[[destinations]]
name = "archive"
ae_title = "ARCHIVE"
port = {archive}
"""


@contextmanager
def process(words: Sequence[str], port: int) -> Iterator[None]:
    """A program that listens on the port while the block runs."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            wait_until_listening(port)
            yield
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(30)


def make_objects(folder: Path) -> list[Path]:
    """A folder of objects for each sender; all objects differ in identifier, not in pixels."""
    picture = folder / "picture.png"
    write_image(picture, make_phantom(0, (ROWS, COLUMNS)).image)
    wrapped = wrap_photograph(picture)
    folders = [folder / f"sender{number}" for number in range(SENDERS)]
    for number, place in enumerate(folders):
        place.mkdir()
        for index in range(OBJECTS):
            uid = f"2.25.{1_000_000 + 1000 * number + index}"
            wrapped.SOPInstanceUID = wrapped.file_meta.MediaStorageSOPInstanceUID = uid
            write_object(place / f"{index}.dcm", wrapped)
    return folders


def objects_per_second(words: Sequence[str], port: int, folders: Sequence[Path], storescu: str) -> float:
    with process(words, port):
        start = time.perf_counter()
        sending = [storescu, "-R", "-aec", "MONAI_SKIN", "+sd", "127.0.0.1", str(port)]
        peers = [subprocess.Popen([*sending, str(place)]) for place in folders]
        if any(peer.wait() for peer in peers):
            raise SystemExit("a sender failed")
        return SENDERS * OBJECTS / (time.perf_counter() - start)


def receiving(folder: Path, storescu: str) -> dict[str, object]:
    folders, rates = make_objects(folder), {}
    for turn in range(ROUNDS):
        for name in ("ours, flushed to the disk", "pynetdicom, not flushed", "DCMTK, not flushed"):
            port, place = free_port(), folder / f"{name[:4]}{turn}"
            place.mkdir()
            site = place / "site.toml"
            site.write_text(SETTINGS.format(port=port, archive=1), encoding="utf-8")
            words = {
                "ours": [sys.executable, "-m", "monai_skin", "pacs", "part", "receiver", str(site)],
                "pyne": [sys.executable, "-m", "pynetdicom", "storescp", str(port), "-od", str(place)],
                "DCMT": [str(shutil.which("storescp", path=PATH)), "--fork", "-od", str(place), str(port)],
            }[name[:4]]
            rates.setdefault(name, []).append(objects_per_second(words, port, folders, storescu))
            files = [path for path in place.rglob("*") if path.is_file() and not path.name.startswith("queue.")]
            kept = sum(path.stat().st_size > 1_000_000 for path in files)
            if kept != SENDERS * OBJECTS:
                raise SystemExit(f"{name}: {kept} objects were kept")
    return {name: round(statistics.median(found), 1) for name, found in rates.items()}


class Archive:
    """Notes when each report came back."""

    def __init__(self) -> None:
        self.times: list[float] = []
        entity = AE(ae_title="ARCHIVE")
        for context in AllStoragePresentationContexts:
            entity.add_supported_context(str(context.abstract_syntax), ALL_TRANSFER_SYNTAXES)
        handlers = [(evt.EVT_C_STORE, self.store)]
        self.server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

    def store(self, event: evt.Event) -> int:
        if str(event.request.AffectedSOPClassUID) == REPORT:
            self.times.append(time.perf_counter())
        return 0


def send(port: int, dataset: Dataset) -> None:
    entity = AE(ae_title="CAMERA")
    entity.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
    association = entity.associate("127.0.0.1", port, ae_title="MONAI_SKIN")
    association.send_c_store(dataset)
    association.release()


def answering(folder: Path) -> dict[str, object]:
    port, archive = free_port(), Archive()
    site = folder / "site.toml"
    site.write_text(SETTINGS.format(port=port, archive=archive.server.server_address[1]), encoding="utf-8")
    pictures = []
    for seed in range(18):
        write_image(folder / "picture.png", make_phantom(seed, (450, 600)).image)
        pictures.append(pydicom.dcmread(io.BytesIO(_bytes(wrap_photograph(folder / "picture.png")))))
    found: dict[str, object] = {}
    with process([sys.executable, "-m", "monai_skin", "pacs", "serve", str(site)], port):
        first, *singles = (_seconds(port, archive, [one]) for one in pictures[:10])
        together = _seconds(port, archive, pictures[10:18])
        found["the first, with loading"] = round(first[0], 1)
        found["one alone, median of 9"] = round(statistics.median(one[0] for one in singles), 2)
        found["eight at once, median"] = round(statistics.median(together), 2)
        found["eight at once, last"] = round(max(together), 2)
    archive.server.shutdown()
    return found


def _bytes(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def _seconds(port: int, archive: Archive, pictures: Sequence[Dataset]) -> list[float]:
    """From sending all of them at the same time to each report."""
    archive.times.clear()
    start = time.perf_counter()
    peers = [threading.Thread(target=send, args=(port, one)) for one in pictures]
    for peer in peers:
        peer.start()
    for peer in peers:
        peer.join()
    while len(archive.times) < len(pictures):
        time.sleep(0.01)
        if time.perf_counter() - start > 300:
            raise SystemExit("no answer came")
    return [one - start for one in archive.times]


def main() -> None:
    storescu = shutil.which("storescu", path=PATH)
    if storescu is None:
        sys.stderr.write("benchmarks.pacs needs storescu and storescp, of the package dcmtk\n")
        return
    with tempfile.TemporaryDirectory() as name:
        results: dict[str, object] = {"objects of 1.2 MB a second": receiving(Path(name), storescu)}
    with tempfile.TemporaryDirectory() as name:
        results["seconds from sending a picture to its report"] = answering(Path(name))
    report("pacs", results, ("pynetdicom", "pydicom", "torch"))


if __name__ == "__main__":
    main()
