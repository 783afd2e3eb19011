# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Heat maps land on the picture they explain, in its own proportions, and say how much is on the lesion."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from monai_skin.errors import UsageError
from monai_skin.handlers import WriteExplanations
from monai_skin.interpretability import draw_map, map_methods_of, removal_areas
from monai_skin.io import read_table
from monai_skin.labels import VOCABULARIES
from monai_skin.networks import DenseNetEncoder, ImageMetadataNet
from monai_skin.transforms import FitLesionImage, LoadDermoscopy, LoadUltrasound
from tests.interpretability.small_classifiers import image_metadata
from tests.networks.clinical_ultrasound.networks import make_net

CLASSES = VOCABULARIES["ham10000"]
FRAME = (64, 96)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    encoder = DenseNetEncoder(init_features=8, growth_rate=4, block_config=(1, 1, 1, 1))
    return ImageMetadataNet(
        encoder=encoder, num_classes=7, fusion="late", num_sites=3, metadata_features=8, attention_width=16, heads=2
    ).eval()


def make_item(folder, image_id, size=(120, 60), **more):
    """A tall picture: in a wide frame it stands between two black borders."""
    columns, rows = size[1], size[0]
    pixels = np.random.default_rng(len(image_id)).integers(60, 255, (rows, columns, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / f"{image_id}.png")
    image = FitLesionImage(FRAME)(LoadDermoscopy()(folder / f"{image_id}.png")).float() / 255
    return {
        "image_id": image_id,
        "file": str(folder / f"{image_id}.png"),
        "image": image,
        "clinical": torch.tensor([0.0, 0.0, 1.0, 2.0]),
        "pred": torch.softmax(torch.arange(7.0), dim=0),
        **more,
    }


def write(network, folder, items, **given):
    words = {"vocabulary": "ham10000", "inputs": ["image", "clinical"], **given}
    handler = WriteExplanations(folder=str(folder), network=network, **words)
    engine = SimpleNamespace(state=SimpleNamespace(batch=items, output=items))
    handler._start()
    handler._take_batch(engine)
    handler._finish()
    return read_table(folder / "explanations.csv")


@pytest.mark.parametrize("method", ["grad_cam_plus_plus", "grad_cam", "occlusion"])
def test_a_map_has_the_pictures_proportions_and_the_methods_values(method, network, tmp_path):
    items = [make_item(tmp_path, "a"), make_item(tmp_path, "bb")]
    rows = write(network, tmp_path / "out", items, method=method)
    assert [(row["image_id"], row["class"], row["method"], row["stream"]) for row in rows] == [
        ("a", CLASSES[6], method, "image"),
        ("bb", CLASSES[6], method, "image"),
    ]
    batch = {key: torch.stack([torch.as_tensor(item[key]) for item in items]) for key in ("image", "clinical")}
    assert method in map_methods_of(network)
    heat = draw_map(network, batch, torch.tensor([6, 6]), method)
    for row, one in zip(rows, heat, strict=True):
        values = np.load(tmp_path / "out" / row["map"])
        # 120 x 60 in a frame of 64 x 96 is 64 x 32, in the middle
        whole = torch.nn.functional.interpolate(one[None, None], FRAME, mode="bilinear")[0, 0]
        np.testing.assert_allclose(values, whole[:, 32:64].numpy(), atol=1e-6)
        with Image.open(tmp_path / "out" / row["overlay"]) as drawn:
            assert drawn.size == (60, 120)


def test_another_class_may_be_explained(network, tmp_path):
    items = [make_item(tmp_path, "a")]
    first = write(network, tmp_path / "one", items)[0]
    other = write(network, tmp_path / "two", items, target="mel")[0]
    assert (first["class"], other["class"]) == (CLASSES[6], "mel")
    assert float(other["probability"]) == pytest.approx(float(items[0]["pred"][CLASSES.index("mel")]), abs=1e-6)
    maps = [np.load(tmp_path / name / row["map"]) for name, row in (("one", first), ("two", other))]
    assert not np.allclose(*maps)


def test_heat_on_the_lesion_is_measured_where_there_is_one(network, tmp_path):
    everywhere = torch.ones(1, *FRAME)
    upper = torch.zeros(1, *FRAME)
    upper[:, :32] = 1
    items = [make_item(tmp_path, name, mask=mask) for name, mask in (("a", everywhere), ("b", upper), ("c", 0 * upper))]
    items.append(make_item(tmp_path, "d"))
    whole, half, none, unknown = write(network, tmp_path / "out", items)
    assert (float(whole["lesion"]), float(whole["heat_in_lesion"]), float(whole["hit"])) == (1, 1, 1)
    assert float(half["lesion"]) == 0.5 and 0 <= float(half["heat_in_lesion"]) <= 1
    for row in (none, unknown):
        assert row["lesion"] == row["heat_in_lesion"] == row["hit"] == ""


def test_curves_are_measured_where_they_are_asked_for(network, tmp_path):
    items = [make_item(tmp_path, "a"), make_item(tmp_path, "bb")]
    assert "deletion" not in write(network, tmp_path / "plain", items)[0]
    measured = write(network, tmp_path / "curves", items, curves=True)
    (alone,) = write(network, tmp_path / "alone", items[1:], curves=True)
    names = ("deletion", "insertion", "random_deletion", "random_insertion")
    assert [float(alone[name]) for name in names] == pytest.approx([float(measured[1][name]) for name in names])
    batch = {key: torch.as_tensor(items[0][key])[None] for key in ("image", "clinical")}
    heat = torch.nn.functional.interpolate(
        draw_map(network, batch, torch.tensor([6]))[None], FRAME, mode="bilinear"
    )  # in the network's frame, with its borders
    expected = removal_areas(network, batch, 6, heat[0, 0])
    assert float(measured[0]["deletion"]) == pytest.approx(expected.deletion, abs=1e-5)
    assert float(measured[0]["insertion"]) == pytest.approx(expected.insertion, abs=1e-5)


def test_a_picture_without_an_answer_stops_none_of_the_others(network, tmp_path):
    items = [make_item(tmp_path, "a", pred=torch.full((7,), float("nan"))), make_item(tmp_path, "bb")]
    assert [row["image_id"] for row in write(network, tmp_path / "out", items)] == ["bb"]


def test_what_was_rejected_has_no_map_and_nothing_is_left_of_an_earlier_run(network, tmp_path):
    items = [make_item(tmp_path, "a"), {"image_id": "broken", "error": "cannot be read"}]
    out = tmp_path / "out"
    assert [row["image_id"] for row in write(network, out, items)] == ["a"]
    with pytest.raises(UsageError, match=r"holds explanations\.csv already"):
        write(network, out, items)
    assert write(network, out, items[1:], overwrite=True) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "magic"}, "method is 'magic'; expected one of grad_cam_plus_plus, grad_cam"),
        (
            {"method": "rollout"},
            "method is 'rollout', which needs .*; expected grad_cam_plus_plus, grad_cam",
        ),
        ({"target": "wart"}, "target is 'wart'; expected one of akiec"),
        ({"stream": "segmented"}, "stream is 'segmented'"),
    ],
)
def test_words_that_are_not_known_are_refused(given, message, network, tmp_path):
    with pytest.raises(UsageError, match=message):
        write(network, tmp_path / "out", [], **given)


def test_attention_is_asked_for_no_class(tmp_path):
    with pytest.raises(UsageError, match="target is 'mel' for 'cross_attention'; expected none, as attention"):
        write(image_metadata("cross_attention"), tmp_path / "out", [], method="cross_attention", target="mel")


def test_values_of_an_earlier_run_go_with_its_maps(network, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "clinical.csv").write_text("image_id\nold\n")
    with pytest.raises(UsageError, match=r"holds clinical\.csv already"):
        write(network, tmp_path / "out", [])
    write(network, tmp_path / "out", [], overwrite=True)
    assert not (tmp_path / "out" / "clinical.csv").exists()


def test_weights_and_gradients_stay_as_they_were(network, tmp_path):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad():  # as MONAI's evaluator runs
        write(network, tmp_path / "out", [make_item(tmp_path, "a")])
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in network.parameters())


def pair_item(folder, image_id):
    """A tall photograph and a wide scan, with nothing in common."""
    item = make_item(folder, image_id)
    pixels = np.random.default_rng(9).integers(0, 255, (40, 100), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / f"{image_id}_scan.png")
    scan = FitLesionImage(FRAME)(LoadUltrasound()(folder / f"{image_id}_scan.png")).float() / 255
    return {**item, "ultrasound": scan, "pred": torch.tensor([0.25, 0.75])}


def test_every_stream_has_a_map_in_the_proportions_of_its_own_file(tmp_path):
    network, item = make_net("+AL").eval(), pair_item(tmp_path, "a")
    given = {"vocabulary": "benign_malignant", "inputs": ["image", "ultrasound"], "every_stream": True}
    rows = write(network, tmp_path / "out", [item], **given)
    assert [(row["stream"], row["class"]) for row in rows] == [("image", "malignant"), ("ultrasound", "malignant")]
    batch = {key: item[key].as_tensor()[None] for key in ("image", "ultrasound")}
    for row, size in zip(rows, ((120, 60), (40, 100)), strict=True):
        assert row["overlay"] == f"heat/a_{row['stream']}.jpg"
        with Image.open(tmp_path / "out" / row["overlay"]) as drawn:
            assert drawn.size == size[::-1]
        heat = draw_map(network, batch, torch.tensor([1]), row["method"], row["stream"])
        whole = torch.nn.functional.interpolate(heat[None], FRAME, mode="bilinear")[0, 0]
        # 120 x 60 becomes 64 x 32 in the middle, 40 x 100 becomes 38 x 96 likewise
        inside = whole[:, 32:64] if size == (120, 60) else whole[13:51]
        np.testing.assert_allclose(np.load(tmp_path / "out" / row["map"]), inside.numpy(), atol=1e-6)


def test_a_stream_that_is_named_stands_alone_and_curves_change_that_picture_only(tmp_path):
    network, item = make_net("+AL").eval(), pair_item(tmp_path, "a")
    given = {"vocabulary": "benign_malignant", "inputs": ["image", "ultrasound"], "every_stream": True, "curves": True}
    (row,) = write(network, tmp_path / "out", [item], stream="ultrasound", **given)
    assert row["overlay"] == "heat/a.jpg" and 0 <= float(row["deletion"]) <= 1
    blind = make_net("concatenation").eval()
    torch.nn.init.zeros_(blind.project_ultrasound.project.weight)
    (row,) = write(blind, tmp_path / "blind", [item], stream="ultrasound", **given)
    # a network that does not see the ultrasound answers alike, whatever is taken out of it
    with torch.no_grad():
        logits = blind(*(item[key].as_tensor()[None] for key in ("image", "ultrasound")))
    assert float(row["deletion"]) == pytest.approx(float(logits.softmax(dim=1)[0, 1]), abs=1e-4)
