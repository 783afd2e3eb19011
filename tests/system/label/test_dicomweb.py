# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures in a PACS: a series is outlined, and an approved outline goes back as a Segmentation."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pydicom
import pytest

from monai_skin.data.phantoms import make_phantom
from monai_skin.dicom import WrapOptions, wrap_photograph, write_object
from monai_skin.io import write_image
from tests.system.label.client import Client, png
from tests.system.label.conftest import SIZE, free_port, start, wait_for

pytestmark = [pytest.mark.label, pytest.mark.slow]
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
FILTER = json.dumps({"Modality": "DMS"})  # what a dermatoscope's objects say


@pytest.fixture(scope="module")
def orthanc(needs_label, tmp_path_factory):
    """The address of an Orthanc on this machine with two pictures in it."""
    program = shutil.which("Orthanc")
    if program is None or not PLUGIN.is_file():
        pytest.skip("needs Orthanc with its DICOMweb plugin")
    folder, port = tmp_path_factory.mktemp("orthanc"), free_port()
    settings = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([program, str(folder / "orthanc.json")], stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/system")
        for seed in range(2):
            write_image(folder / f"{seed}.png", make_phantom(seed, SIZE).image)
            found = wrap_photograph(folder / f"{seed}.png", WrapOptions(patient_id=f"P{seed}"))
            write_object(folder / f"{seed}.dcm", found)
            _post(f"{url}/instances", (folder / f"{seed}.dcm").read_bytes())
        yield url
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def client(orthanc, tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("dicomweb"), free_port()
    process = start(
        f"{orthanc}/dicom-web", folder / "work", port, MONAI_LABEL_DICOMWEB_SEARCH_FILTER=FILTER, HOME=str(folder)
    )
    try:
        wait_for(f"http://127.0.0.1:{port}", process, folder / "work" / "server.log")
        yield Client(f"http://127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("Orthanc does not answer")


def _post(url: str, content: bytes) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, content, method="POST"), timeout=60):
        pass


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as reply:
        return reply.read()


def test_a_series_is_a_picture_and_an_approved_outline_goes_back(orthanc, client):
    listed = client.get("/skin/images").json
    assert len(listed) == 2 and not any(one["approved"] for one in listed)
    series = listed[0]["id"]
    found = client.infer("lesion_segmentation", series)
    assert found.status == 200 and found.mask.shape == SIZE
    assert client.get(f"/skin/picture?image={series}").mask.shape[:2] == SIZE
    assert client.infer("lesion_diagnosis", series, "json").status == 200
    assert client.post("/activelearning/first", {}).json["id"] in {one["id"] for one in listed}

    mask = np.zeros(SIZE, np.uint8)
    mask[30:60, 50:90] = 255
    refused = client.save(series, png(mask[:, :100].copy()))
    assert refused.status == 400 and "size is 100 x 120 pixels for a picture of 160 x 120" in refused.json["detail"]
    saved = client.save(series, png(mask))
    assert saved.status == 200, saved.body

    stored = [json.loads(_get(f"{orthanc}/series/{one}")) for one in json.loads(_get(f"{orthanc}/series"))]
    (outline,) = [one for one in stored if one["MainDicomTags"]["Modality"] == "SEG"]
    content = pydicom.dcmread(io.BytesIO(_get(f"{orthanc}/instances/{outline['Instances'][0]}/file")))
    np.testing.assert_array_equal(content.pixel_array.reshape(SIZE) != 0, mask != 0)
    (referenced,) = content.ReferencedSeriesSequence
    assert referenced.SeriesInstanceUID == series
    time.sleep(6)  # MONAI Label remembers lists for a while
    assert {one["id"] for one in client.get("/skin/images").json if one["approved"]} == {series}
