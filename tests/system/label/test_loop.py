# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Ten pictures outlined, one epoch learnt, the next picture chosen."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from tests.system.label.client import Client
from tests.system.label.conftest import ROOT, free_port, make_studies, start, wait_for

pytestmark = [pytest.mark.label, pytest.mark.slow]
SMALL = {"max_epochs": 1, "image_size": [64, 96], "max_shift": [4, 6], "batch_size": 4}


def pictures(folder, count):
    """Real dermoscopic images where the test data are, else drawn ones."""
    real = Path(os.environ.get("MONAI_SKIN_TEST_DATA") or ROOT.parent / "shared" / "data") / "dermoscopy_seg" / "images"
    if not real.is_dir():
        return make_studies(folder, count)
    folder.mkdir()
    for path in sorted(real.iterdir())[:count]:
        shutil.copyfile(path, folder / path.name)
    return folder


@pytest.fixture(scope="module")
def own(needs_label, tmp_path_factory):
    folder = tmp_path_factory.mktemp("loop")
    port = free_port()
    process = start(str(pictures(folder / "studies", 13)), folder / "work", port)
    try:
        wait_for(f"http://127.0.0.1:{port}", process, folder / "work" / "server.log")
        yield Client(f"http://127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait(30)


def versions(client):
    return json.loads((client.folder / "work" / "models" / "versions.json").read_text())


def test_i4_from_outlines_to_new_weights_and_the_next_picture(own):
    # nothing can be learnt from nothing
    own.post("/train/lesion_segmentation", SMALL)
    task = own.finished("train")
    assert task["status"] == "ERROR" and any("approved outlines are 0" in line for line in task["details"])

    # ten pictures, each chosen by the server, outlined by it and approved
    done = []
    for _ in range(10):
        chosen = own.post("/activelearning/first", {}).json["id"]
        assert own.save(chosen, own.infer("lesion_segmentation", chosen).body).status == 200
        done.append(chosen)
    assert len(set(done)) == 10 and own.get("/datastore/").json["completed"] == 10

    # one training at a time; one that is stopped leaves the weights as they are
    assert own.post("/train/lesion_segmentation", {**SMALL, "max_epochs": 50}).status == 200
    end = time.monotonic() + 120
    while not (own.get("/train/").json.get("details") or [""])[-1].find("epoch 1 of") >= 0:
        assert time.monotonic() < end, own.get("/train/").json
        time.sleep(0.3)
    second = own.post("/train/lesion_segmentation", SMALL)
    assert second.status == 429 and "Already Running" in second.json["detail"]
    assert own.delete("/train/").json["status"] == "STOPPED"
    assert not (own.folder / "work" / "models" / "versions.json").exists()

    # one epoch: a version, active from now on
    assert own.infer("lesion_segmentation", done[0], "json").json["version"] == 0
    own.post("/train/lesion_segmentation", SMALL)
    task = own.finished("train")
    assert task["status"] == "DONE", task
    assert any("epoch 1 of 1: loss" in line for line in task["details"]), "progress is told"
    record = versions(own)
    (row,) = record["versions"]
    assert record["active"] == 1 and row["images"] + row["validation_images"] == 10
    file = own.folder / "work" / "models" / row["file"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == row["sha256"]
    assert own.infer("lesion_segmentation", done[0], "json").json["version"] == 1
    assert own.get("/info/").json["train_stats"]["lesion_segmentation"]["active"] == 1

    # the new weights say where they are in doubt, and that picture comes next
    own.post("/scoring/spread", {})
    assert own.finished("scoring")["status"] == "DONE"
    time.sleep(2)  # the server reads what the scoring process wrote
    left = {one["id"]: one["spread"] for one in own.get("/skin/images").json if not one["approved"]}
    assert len(left) == 3 and all(isinstance(value, float) for value in left.values())
    assert own.post("/activelearning/epistemic", {}).json["id"] == max(left, key=lambda name: left[name])

    # all that are left at once
    own.post("/batch/infer/lesion_segmentation?images=unlabeled", {})
    assert own.finished("batch/infer")["status"] == "DONE"
    assert len(list((own.folder / "studies" / "labels" / "original").glob("*.png"))) == 3
