# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis bundles, run as their user runs them, on phantoms and small networks."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image

from monai_skin.data import load_datalist, write_phantoms
from monai_skin.io import load_checkpoint, save_weights, sha256_of, write_json
from monai_skin.labels import SUBMISSIONS, VOCABULARIES
from monai_skin.metrics import read_familiarity
from tests.bundles.diagnosis import NETWORKS, SMALL, SMALL_TRAINING, build, configs, merged, run_bundle, train
from tests.bundles.diagnosis import write_overlay as overlay
from tests.bundles.test_lesion_segmentation import reason, tensors
from tests.small_bundle import BUNDLES, make_pictures

CODES = VOCABULARIES["ham10000"]
TEMPERATURE = 2.0
every_bundle = pytest.mark.parametrize("name", sorted(NETWORKS))


class Small(NamedTuple):
    """What makes a bundle small."""

    overlay: Path
    weights: Path


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty phantom lesions in the form HAM10000 is published in."""
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 40, seed=0, size=(60, 70))
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Small]:
    """For each bundle an overlay with a small network, and random weights for that."""
    folder, made = tmp_path_factory.mktemp("small"), {}
    for name, network in NETWORKS.items():
        made[name] = Small(overlay(folder / f"{name}.json", **SMALL, **network), folder / f"{name}.pt")
        save_weights(made[name].weights, build(name, "inference.json", made[name].overlay).state_dict())
    return made


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calibration") / "calibration.json"
    words = {"format": 1, "kind": "temperature", "fitted_on": "nothing", "images": 1}
    write_json(path, {**words, "temperature": TEMPERATURE, "classes": list(CODES)})
    return path


@pytest.fixture(scope="module")
def once(phantoms: Path, small: dict[str, Small], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For each bundle the folder of a training of one epoch."""
    folders = {name: tmp_path_factory.mktemp(name) for name in NETWORKS}
    for name, folder in folders.items():
        train(name, phantoms, folder, small[name].overlay, **SMALL_TRAINING)
    return folders


def state(folder: Path) -> dict[str, Any]:
    return load_checkpoint(folder / "checkpoints" / "checkpoint.pt")


def assert_equal(ours: Any, theirs: Any) -> None:
    pairs = list(zip(tensors(ours), tensors(theirs), strict=True))
    assert len(pairs) > 100 and all(torch.equal(a, b) for a, b in pairs)


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(newline="") as stream:
        return list(csv.DictReader(stream))


def probabilities(rows: list[dict[str, str]], codes: Any = CODES) -> np.ndarray[Any, Any]:
    return np.array([[float(row[code]) for code in codes] for row in rows])


@every_bundle
def test_d3_resuming_after_an_epoch_equals_two_at_once_bit_for_bit(name, phantoms, small, once, tmp_path):
    given = {"max_epochs": 2, **SMALL_TRAINING}
    whole = train(name, phantoms, tmp_path / "whole", small[name].overlay, **given)
    shutil.copytree(once[name], tmp_path / "parts")
    parts = train(name, phantoms, tmp_path / "parts", small[name].overlay, **given, resume=True)
    assert parts["epoch"] == whole["epoch"] == 2
    assert_equal(parts["objects"], whole["objects"])
    for part in ("lr_scheduler", "best_weights", "stop_when_stalled"):
        assert parts["objects"][part] == whole["objects"][part]


@every_bundle
def test_d4_the_number_of_workers_changes_nothing(name, phantoms, small, once, tmp_path):
    helped = train(name, phantoms, tmp_path, small[name].overlay, **SMALL_TRAINING, num_workers=2, cache_rate=0.0)
    assert_equal(helped["objects"], state(once[name])["objects"])


@every_bundle
def test_d5_a_diverging_training_ends_with_an_error_and_leaves_the_last_checkpoint_whole(
    name, phantoms, small, once, tmp_path
):
    shutil.copytree(once[name], tmp_path / "run")
    loss = {"_target_": "tests.bundles.losses.NanLoss"}
    given = {"max_epochs": 2, "resume": True, "loss": loss, **SMALL_TRAINING}
    error = reason(lambda: train(name, phantoms, tmp_path / "run", small[name].overlay, **given))
    assert error.exit_code == 5 and "epoch 2" in str(error)
    assert state(tmp_path / "run")["epoch"] == 1


@every_bundle
def test_training_writes_weights_and_scalars(name, small, once):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    weights = torch.load(once[name] / "checkpoints" / "model.pt", weights_only=True)
    assert list(weights) == list(build(name, "inference.json", small[name].overlay).state_dict())
    events = EventAccumulator(str(once[name])).Reload()
    scores = ["val_macro_auc", "val_balanced_accuracy", "val_accuracy"]
    assert {"loss", "learning_rate", *scores} <= set(events.Tags()["scalars"])
    assert [point.step for point in events.Scalars("loss")] == [1]
    assert all(0 <= point.value <= 1 for score in scores for point in events.Scalars(score))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@every_bundle
def test_an_epoch_runs_on_a_gpu(name, phantoms, small, tmp_path):
    done = train(name, phantoms, tmp_path, small[name].overlay, **SMALL_TRAINING, device="cuda:0")
    assert done["epoch"] == 1 and (tmp_path / "checkpoints" / "model.pt").is_file()


@every_bundle
def test_inference_needs_pictures_only(name, small, calibration, tmp_path):
    make_pictures(tmp_path / "pictures", 3)
    (tmp_path / "pictures" / "broken.png").write_bytes(b"no picture")
    given = {"dataset_dir": tmp_path / "pictures", "output_dir": tmp_path / "out", "familiarity": ""}
    run_bundle(
        name, "inference.json", small[name].overlay, weights=small[name].weights, calibration=calibration, **given
    )
    rows = rows_of(tmp_path / "out" / "predictions.csv")
    assert [row["image_id"] for row in rows] == ["lesion_0", "lesion_1", "lesion_2"] and next(
        iter(rows[0])
    ) == "image_id"
    np.testing.assert_allclose(probabilities(rows).sum(axis=1), 1, atol=1e-6)
    assert {row["mask_ok"] for row in rows} == {"false" if name == "dual_encoder_diagnosis" else ""}
    submission = rows_of(tmp_path / "out" / "isic_submission.csv")
    order = [code.upper() for code in SUBMISSIONS["ham10000"]]
    assert list(submission[0]) == ["image", *order]
    np.testing.assert_array_equal(probabilities(submission, order), probabilities(rows, SUBMISSIONS["ham10000"]))
    assert [row["file"] for row in rows_of(tmp_path / "out" / "rejected.csv")] == ["broken.png"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Research use only" in page and sha256_of(small[name].weights) in page


@every_bundle
def test_its_decisions_can_be_explained(name, small, calibration, tmp_path):
    make_pictures(tmp_path / "pictures", 2)
    given = {"dataset_dir": tmp_path / "pictures", "output_dir": tmp_path / "out", "weights": small[name].weights}
    given |= {"calibration": calibration, "familiarity": ""}
    run_bundle(name, "inference.json", "explain.json", small[name].overlay, **given)
    rows = rows_of(tmp_path / "out" / "explanations.csv")
    predicted = [row["prediction"] for row in rows_of(tmp_path / "out" / "predictions.csv")]
    assert [row["class"] for row in rows] == predicted and len(rows) == 2
    assert all((tmp_path / "out" / row[kind]).is_file() for row in rows for kind in ("overlay", "map"))
    assert {row["lesion"] for row in rows} == {""}, "without masks there is nothing to measure on"
    values = tmp_path / "out" / "clinical.csv"
    assert values.is_file() == (name != "soft_attention_diagnosis")
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count('alt="Heat map of') == 2


@every_bundle
def test_heat_is_measured_on_lesion_masks_of_a_folder(name, small, calibration, tmp_path):
    for picture in make_pictures(tmp_path / "pictures", 2):
        with Image.open(picture) as shown:
            mask = Image.new("L", shown.size)
        mask.paste(255, (0, 0, mask.width // 2, mask.height))
        (tmp_path / "masks").mkdir(exist_ok=True)
        mask.save(tmp_path / "masks" / picture.name.replace(" ", "_"))
    given = {"dataset_dir": tmp_path / "pictures", "masks_dir": tmp_path / "masks", "output_dir": tmp_path / "out"}
    given |= {"weights": small[name].weights, "calibration": calibration, "familiarity": ""}
    run_bundle(name, "inference.json", "explain.json", small[name].overlay, explain_method="grad_cam", **given)
    for row in rows_of(tmp_path / "out" / "explanations.csv"):
        # half of the picture, which is wider than its frame
        assert 0.3 < float(row["lesion"]) < 0.5 and 0 <= float(row["heat_in_lesion"]) <= 1


@every_bundle
def test_evaluation_writes_truth_and_scores_and_inference_agrees_with_it(name, phantoms, small, calibration, tmp_path):
    given = {"weights": small[name].weights}
    run_bundle(
        name, "inference.json", "evaluate.json", small[name].overlay, dataset_dir=phantoms, output_dir=tmp_path, **given
    )
    items = load_datalist(phantoms, "test")
    rows = rows_of(tmp_path / "predictions.csv")
    found = {row["image_id"]: (row["lesion_id"], row["dx"]) for row in rows}
    assert found == {item["image_id"]: (item["lesion_id"], item["dx"]) for item in items} and len(rows) > 5
    report = json.loads((tmp_path / "metrics.json").read_text())
    assert report["images"] == len(rows) and report["lesions"] == len({item["lesion_id"] for item in items})
    right = np.mean(
        [row["dx"] == CODES[values.argmax()] for row, values in zip(rows, probabilities(rows), strict=True)]
    )
    assert report["scores"]["accuracy"] == pytest.approx(right)

    # the same pictures with the same metadata and masks, as a user hands them in
    (tmp_path / "masks").mkdir()
    with (tmp_path / "pictures.csv").open("w", newline="") as stream:
        table = csv.DictWriter(stream, ["image", "image_id", "age", "sex", "site"], extrasaction="ignore")
        table.writeheader()
        table.writerows(items)
    for item in items:
        shutil.copy(item["mask"], tmp_path / "masks" / f"{item['image_id']}.png")
    if name == "dual_encoder_diagnosis":
        given["masks_dir"] = tmp_path / "masks"
        assert {row["mask_ok"] for row in rows} == {"true"}
    given |= {"dataset_dir": tmp_path / "pictures.csv", "output_dir": tmp_path / "out", "calibration": calibration}
    run_bundle(name, "inference.json", small[name].overlay, **given, familiarity="")
    cooled = probabilities(rows) ** (1 / TEMPERATURE)  # softmax(z / T) is proportional to softmax(z) ** (1 / T)
    again = {row["image_id"]: row for row in rows_of(tmp_path / "out" / "predictions.csv")}
    np.testing.assert_allclose(
        probabilities([again[row["image_id"]] for row in rows]), cooled / cooled.sum(axis=1, keepdims=True), atol=1e-5
    )


def test_the_dual_encoder_takes_masks_from_a_folder_and_names_the_image_without_one(phantoms, small, tmp_path):
    name, items = "dual_encoder_diagnosis", load_datalist(phantoms, "test")
    (tmp_path / "masks").mkdir()
    for item in items:
        Image.new("L", (70, 60)).save(tmp_path / "masks" / f"{item['image_id']}.png")
    given = {"dataset_dir": phantoms, "masks_dir": tmp_path / "masks", "weights": small[name].weights}
    files = ("inference.json", "evaluate.json", small[name].overlay)
    run_bundle(name, *files, output_dir=tmp_path / "empty", **given)
    rows = rows_of(tmp_path / "empty" / "predictions.csv")
    assert {row["mask_ok"] for row in rows} == {"false"} and len(rows) == len(items)
    missing = items[1]["image_id"]
    (tmp_path / "masks" / f"{missing}.png").unlink()
    error = reason(lambda: run_bundle(name, *files, output_dir=tmp_path / "out", **given))
    assert (error.exit_code, error.source, error.field) == (3, missing, "mask")


@every_bundle
@pytest.mark.parametrize("files", [("inference.json",), ("inference.json", "evaluate.json")])
def test_c5_missing_weights_are_an_error_not_a_prediction_by_random_ones(name, files, phantoms, small, tmp_path):
    folder = phantoms if len(files) > 1 else phantoms / "images"
    plain = overlay(tmp_path / "plain.json", calibration=None, familiarity=None)
    given = {"dataset_dir": folder, "output_dir": tmp_path / "out", "weights": tmp_path / "none.pt"}
    error = reason(lambda: run_bundle(name, *files, small[name].overlay, plain, **given))
    assert error.exit_code == 3 and "none.pt" in str(error)
    assert not (tmp_path / "out").exists()


@every_bundle
def test_c3_weights_of_another_set_of_classes_are_refused(name, phantoms, small, tmp_path):
    other = build(name, "inference.json", small[name].overlay, **{"network_def#num_classes": 8})
    save_weights(tmp_path / "eight.pt", other.state_dict())
    given = {"dataset_dir": phantoms, "output_dir": tmp_path / "out", "weights": tmp_path / "eight.pt"}
    error = reason(lambda: run_bundle(name, "inference.json", "evaluate.json", small[name].overlay, **given))
    assert error.exit_code == 3 and "(8," in str(error) and "not (7," in str(error)
    assert not (tmp_path / "out").exists()


@every_bundle
def test_c2_weights_with_another_digest_than_stated_are_refused(name, phantoms, small, tmp_path):
    given = {"dataset_dir": phantoms, "output_dir": tmp_path / "out", "weights": small[name].weights}
    files = ("inference.json", "evaluate.json", small[name].overlay)
    error = reason(lambda: run_bundle(name, *files, weights_sha256="0" * 64, **given))
    assert error.exit_code == 9
    assert not (tmp_path / "out").exists()


def test_what_a_bundle_says_of_its_training_pictures_belongs_to_its_own_weights():
    files = sorted(BUNDLES.glob("*/models/familiarity.safetensors"))
    assert [file.parts[-3] for file in files] == ["dual_encoder_diagnosis"]
    for file in files:
        found = read_familiarity(file)
        assert found.weights_sha256 == sha256_of(file.parent / "model.pt") and file.stat().st_size < 1.5e6
        assert set(found.classes) == set(CODES) and (found.training_images, found.share) == (2000, 0.05)
        assert merged(file.parts[-3], "inference.json")["familiarity"].endswith("/models/familiarity.safetensors'")


@pytest.mark.slow
def test_two_processes_train_together_on_a_cpu(phantoms, small, tmp_path):
    name = "dual_encoder_diagnosis"
    files = ["train.json", small[name].overlay, "multi_gpu_train.json"]
    given = {"bundle_root": configs(name).parent, "dataset_dir": phantoms, "output_dir": tmp_path, "max_epochs": 1}
    words = [part for key, value in {**given, **SMALL_TRAINING}.items() for part in (f"--{key}", str(value))]
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m", "monai.bundle", "run"]
    result = subprocess.run(
        [sys.executable, *launch, "--config_file", str([str(configs(name) / file) for file in files]), *words],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )
    assert result.returncode == 0, result.stderr[-3000:]
    names = list(state(tmp_path)["objects"]["network"])
    assert names == list(build(name, "train.json", small[name].overlay).state_dict())
