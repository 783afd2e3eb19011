# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The app over HTTP, as viewers ask it."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from monai_skin.data.phantoms import make_phantom
from monai_skin.io import read_image
from monai_skin.label import Outliner, WeightVersions
from monai_skin.pipeline import find_bundle
from tests.system.label.client import png
from tests.system.label.conftest import SIZE, TURNED

pytestmark = [pytest.mark.label, pytest.mark.slow]
ONE = "lesion_00"


def labels_of(client) -> set[str]:
    return {str(path) for path in (client.folder / "studies").rglob("*") if path.suffix in (".png", ".jpg")}


def test_info_names_what_there_is(client):
    info = client.get("/info/").json
    assert {"lesion_segmentation", "lesion_refinement", "lesion_diagnosis", "lesion_concepts"} <= set(info["models"])
    assert set(info["strategies"]) == {"random", "first", "epistemic", "class_balance"}
    assert set(info["scoring"]) == {"spread", "classes"} and list(info["trainers"]) == ["lesion_segmentation"]
    assert info["datastore"]["total"] == 12 and "Research use only" in info["description"]


def test_an_outline_is_what_the_bundle_draws(client):
    reply = client.infer("lesion_segmentation", ONE)
    assert reply.status == 200 and reply.mask.dtype == np.uint8
    file, digest = WeightVersions(client.folder / "work" / "models").weights() or (None, None)
    own = Outliner(find_bundle("lesion_segmentation"), weights=file, sha256=digest, device="cpu")
    np.testing.assert_array_equal(reply.mask, np.where(own.mask(client.folder / "studies" / f"{ONE}.png"), 255, 0))


def test_a_picture_may_come_with_the_request(client):
    content = (client.folder / "studies" / f"{ONE}.png").read_bytes()
    sent, known = client.infer("lesion_segmentation", file=content), client.infer("lesion_segmentation", ONE)
    np.testing.assert_array_equal(sent.mask, known.mask)
    refused = client.infer("lesion_segmentation", file=b"no picture")
    assert refused.status == 400 and "not a picture" in refused.json["detail"]


def test_clicks_bend_the_outline(client):
    before = client.infer("lesion_segmentation", ONE).mask > 0
    rows, columns = (int(one) for one in np.argwhere(before).mean(0))
    after = client.infer("lesion_refinement", ONE, background=[[columns, rows]], foreground=[[5, 5]]).mask > 0
    assert not after[rows, columns] and after[5, 5]
    refused = client.infer("lesion_refinement", ONE, foreground=[[5000, 5]])
    assert refused.status == 400 and "expected a point of the picture" in refused.json["detail"]


def test_classes_and_concepts_are_json(client):
    classes = client.infer("lesion_diagnosis", ONE, "json", age=60, sex="male", site="back").json
    assert sum(row["score"] for row in classes["prediction"]) == pytest.approx(1, abs=1e-5)
    assert client.infer("lesion_concepts", ONE, "json").json["concepts"][0]["phrase"] == "lesion"
    both = client.infer("lesion_segmentation_and_diagnosis", ONE, "all").body
    assert b'"prediction"' in both and b"PNG" in both
    refused = client.infer("lesion_diagnosis", ONE, "json", age=500)
    assert refused.status == 400 and "expected a number of years" in refused.json["detail"]


def test_what_is_drawn_on_the_upright_picture_lands_on_its_pixels(client):
    """A JPEG on its side: the page sees it upright, and so do the outline and what is saved."""
    upright = make_phantom(12, SIZE)
    shown = client.get(f"/skin/picture?image={TURNED}").mask
    assert shown.shape[:2] == SIZE
    assert np.abs(shown.transpose(2, 0, 1).astype(int) - upright.image).mean() < 4, "JPEG, twice"
    found = client.infer("lesion_segmentation", TURNED).mask > 0
    assert found.shape == SIZE
    truth = np.asarray(upright.mask) > 0
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.7
    drawn = np.zeros(SIZE, np.uint8)
    drawn[20:40, 100:150] = 255
    assert client.save(TURNED, png(drawn), "drawn").status == 200
    kept = client.get(f"/datastore/label?label={TURNED}&tag=drawn").mask
    np.testing.assert_array_equal(kept, drawn)
    assert client.save(TURNED, png(np.ascontiguousarray(drawn.T))).status == 400
    assert read_image(client.folder / "studies" / f"{TURNED}.jpg").full_size == SIZE


def test_i1_weights_cannot_be_named(client):
    for name in ("model_filename", "weights", "bundle_path"):
        reply = client.infer("lesion_segmentation", ONE, **{name: "../../evil.pt"})
        assert reply.status == 400 and f"option {name} is not offered" in reply.json["detail"]
    upload = client.form("/model/lesion_segmentation", {"file": ("model.pt", b"evil")}, "PUT")
    assert upload.status >= 400 and not (client.folder / "work" / "models" / "model.pt").exists()


@pytest.mark.parametrize("path", ["../../secret", "..%2F..%2Fsecret", "/etc/hostname", "%2Fetc%2Fhostname", ".hidden"])
def test_i2_a_path_is_no_id(client, path):
    before = labels_of(client)
    mask = png(np.zeros(SIZE, np.uint8))
    replies = [
        client.infer("lesion_segmentation", path),
        client.save(path, mask),
        client.save(ONE, mask, tag=path),
        client.form(f"/datastore/image?image={path}", {"file": ("a.png", mask)}, "PUT", params="{}"),
        client.get(f"/datastore/image?image={path}"),
        client.get(f"/datastore/label?label={ONE}&tag={path}"),
        client.get(f"/skin/picture?image={path}"),
        client.delete(f"/datastore/image?id={path}"),
    ]
    assert {reply.status for reply in replies} <= {400, 404}
    assert labels_of(client) == before


def test_i2_a_file_of_the_server_is_no_image(client):
    secret = client.folder / "secret.png"
    secret.write_bytes((client.folder / "studies" / f"{ONE}.png").read_bytes())
    for model in ("lesion_segmentation", "lesion_diagnosis"):
        reply = client.form(f"/infer/{model}?image={ONE}", {}, params=json.dumps({"image": str(secret)}))
        assert reply.status == 404 and "not in the datastore" in reply.json["detail"]
    reply = client.form(f"/infer/lesion_refinement?image={ONE}", {}, params=json.dumps({"label": str(secret)}))
    assert reply.status == 400 and "label is no upload" in reply.json["detail"]


def test_i2_a_label_that_is_no_mask_of_its_picture_is_refused(client):
    before = labels_of(client)
    classes = np.zeros(SIZE, np.uint8)
    classes[4:9, 4:9] = 7
    for label, problem in [
        (png(np.zeros((9, 9), np.uint8)), "size is 9 x 9 pixels for a picture of 160 x 120"),
        (png(classes), "mask has 2 values (0, 7)"),
        (b"nothing", "not a picture"),
    ]:
        reply = client.save("lesion_01", label)
        assert reply.status == 400 and problem in reply.json["detail"]
    assert client.save("unknown", png(np.zeros(SIZE, np.uint8))).status == 404
    assert labels_of(client) == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux lists its sockets in a file")
def test_i3_it_listens_here_only_and_under_its_own_name(client):
    assert client.get("/info/", Host="evil.example").status == 400
    port = int(client.url.rsplit(":", 1)[1])
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [place for _, place, _, state, *_ in sockets if state == "0A" and place.endswith(f":{port:04X}")]
    assert listening == [f"0100007F:{port:04X}"], "127.0.0.1 as Linux writes it"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_i3_a_page_of_another_site_may_neither_read_nor_start_anything(client, origin):
    assert client.get("/info/", Origin=origin).status == 403
    before, path = client.get("/skin/task/train").body, "/train/lesion_segmentation"
    request = urllib.request.Request(client.url + path, headers={"Origin": origin}, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    with refused.value as reply:
        assert reply.status == 403 and reply.headers.get("Access-Control-Allow-Origin") is None
    assert client.get("/skin/task/train").body == before
    assert client.get("/info/", Origin=client.url).status == 200


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux lists its processes in files")
def test_a_worker_that_was_killed_is_started_again(client):
    assert client.infer("lesion_segmentation", ONE).status == 200
    models = str(client.folder / "work" / "models").encode()
    lines = {int(path.parent.name): path.read_bytes().split(b"\0") for path in Path("/proc").glob("[0-9]*/cmdline")}
    (worker,) = [pid for pid, words in lines.items() if {b"worker", b"--models", models} <= set(words)]
    os.kill(worker, signal.SIGKILL)
    time.sleep(0.5)
    assert client.infer("lesion_segmentation", ONE).status == 200


def test_a_picture_can_be_added_and_taken_away(client):
    content = (client.folder / "studies" / f"{ONE}.png").read_bytes()
    added = client.form("/datastore/image?image=new", {"file": ("new.png", content)}, "PUT", params="{}")
    assert added.status == 200
    assert client.infer("lesion_segmentation", "new").status == 200
    assert client.delete("/datastore/image?id=new").status == 200
    bad = client.form("/datastore/image?image=bad", {"file": ("bad.png", b"x")}, "PUT", params="{}")
    assert bad.status == 400 and not (client.folder / "studies" / "bad.png").exists()
