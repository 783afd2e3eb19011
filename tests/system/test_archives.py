# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The node beside Orthanc and the programs of DCMTK."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from examples.orthanc.archive import Archive, free_port, installed
from monai_skin.pacs import Spool
from monai_skin.pacs.rows import PROCESSED
from tests.dicom.objects import object_bytes
from tests.pacs.peers import photograph, store, until
from tests.system.nodes import ROOT, archive, children, running, wait_until_done, write_settings

pytestmark = pytest.mark.system
needs_orthanc = pytest.mark.skipif(not installed(), reason="needs Orthanc, of the packages orthanc, orthanc-dicomweb")
# pynetdicom brings programs of its own with the names of DCMTK's
PATH = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if not part.startswith(sys.prefix))
STORESCU, ECHOSCU = (shutil.which(name, path=PATH) or "" for name in ("storescu", "echoscu"))
needs_dcmtk = pytest.mark.skipif(not STORESCU, reason="needs storescu, of the package dcmtk")


@needs_orthanc
@pytest.mark.parametrize("kind", ["dicom", "stow"])
def test_h11_an_archive_that_stops_and_starts_gets_every_result(tmp_path, kind):
    port = free_port()
    orthanc = Archive(tmp_path / "archive", port, forwards=False)
    ways = {
        "dicom": f'kind = "dicom"\nae_title = "ARCHIVE"\nport = {orthanc.dicom_port}',
        "stow": f'kind = "stow"\nurl = "{orthanc.studies_url}"',
    }
    site = write_settings(tmp_path, ways[kind], port=port)
    sent = [photograph(number) for number in range(6)]
    with running(site, port, tmp_path / "log"):
        spool = Spool(tmp_path / "spool")
        with orthanc:
            assert store(port, *sent[:3]) == [0] * 3
            wait_until_done(spool, 30)
        assert store(port, *sent[3:]) == [0] * 3
        until(lambda: sum(item.attempts for item in spool.queue.items(PROCESSED)) >= 3, 30)
        with orthanc:
            wait_until_done(spool, 30)
            held = {one["SOPInstanceUID"] for one in orthanc.instances()}
        spool.close()
    assert held == {f"{one.SOPInstanceUID}.9" for one in sent}


@needs_orthanc
def test_photographs_sent_by_an_archive_come_back_answered_as_predict_answers_them(data_root, tmp_path):
    """The whole way with the models of the bundles, as a person would try it."""
    pictures = sorted((data_root / "ham10000" / "images").glob("*.jpg"))[:2]
    words = [sys.executable, "-m", "examples.orthanc.run", *map(str, pictures), "--seconds", "150"]
    kept = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(words, cwd=ROOT, env=kept, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.rpartition("}")[0] + "}")
    assert found["studies"] == 1 and found["objects"] == 10
    for row in found["rows"]:
        assert row["masks_overlap"] == 1.0 and row["probabilities_apart"] < 1e-3
    assert "Research use only" in done.stdout


def resident_megabytes(number: int) -> float:
    pages = int(Path(f"/proc/{number}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


@needs_dcmtk
def test_h8_two_hundred_large_objects_over_eight_associations_are_all_kept_in_bounded_memory(tmp_path):
    port = free_port()
    pixels, folders = bytes(1_200_000), []
    for number in range(8):
        folders.append(tmp_path / f"peer{number}")
        folders[-1].mkdir()
        for index in range(25):
            uid = f"2.25.{1000 + 25 * number + index}"
            data = object_bytes(PixelData=pixels, Rows=500, Columns=800, SOPInstanceUID=uid)
            (folders[-1] / f"{index}.dcm").write_bytes(data)
    with archive() as (destination, stored):
        site = write_settings(tmp_path, destination, port=port)
        with running(site, port, tmp_path / "log") as process:
            words = [STORESCU, "-R", "-aec", "MONAI_SKIN", "+sd", "127.0.0.1", str(port)]
            peers = [subprocess.Popen([*words, str(folder)]) for folder in folders]
            peak = 0.0
            while any(peer.poll() is None for peer in peers):
                peak = max([peak, *map(resident_megabytes, children(process))])
                time.sleep(0.05)
            assert [peer.returncode for peer in peers] == [0] * 8
            spool = Spool(tmp_path / "spool")
            wait_until_done(spool, 60)
            assert spool.queue.counts().done == 200 and len(stored) == 200
            assert peak < 1000
            spool.close()


@needs_dcmtk
def test_h10_a_peer_of_dcmtk_is_answered_or_rejected_with_the_reason(tmp_path):
    port = free_port()
    with archive() as (destination, _):
        site = write_settings(tmp_path, destination, port=port, calling_ae_titles='["KNOWN"]')
        with running(site, port, tmp_path / "log"):

            def echo(calling: str, called: str) -> tuple[int, str]:
                words = [ECHOSCU, "-v", "-aet", calling, "-aec", called, "127.0.0.1", str(port)]
                done = subprocess.run(words, capture_output=True, text=True)
                return done.returncode, done.stdout + done.stderr

            assert echo("KNOWN", "MONAI_SKIN")[0] == 0
            assert "Calling AE Title Not Recognized" in echo("UNKNOWN", "MONAI_SKIN")[1]
            assert "Called AE Title Not Recognized" in echo("KNOWN", "OTHER")[1]
    journal = (tmp_path / "log").read_text()
    assert '"event": "rejected"' in journal and "UNKNOWN" not in journal
