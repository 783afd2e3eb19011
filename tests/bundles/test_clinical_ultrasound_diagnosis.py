# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The bundle that classifies from photograph and ultrasound, as its user runs it, on phantoms and a small network."""

from __future__ import annotations

import csv
import json
import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from monai.bundle import ckpt_export, verify_metadata, verify_net_in_out

from monai_skin.data import load_datalist, write_phantom_pairs
from monai_skin.io import load_checkpoint, save_weights, sha256_of, write_image
from monai_skin.losses import ClinicalUltrasoundLoss
from tests.bundles.diagnosis import build, configs, merged, presets, run_bundle, train, write_overlay
from tests.bundles.test_lesion_segmentation import tensors
from tests.small_bundle import PAIR_ENCODER, TINY_PAIR

NAME = "clinical_ultrasound_diagnosis"
CODES = ("benign", "malignant")
SIZES = {f"network_def#{name}": value for name, value in TINY_PAIR.items()}
SMALL = {
    "image_size": [32, 32],
    "batch_size": 4,
    "num_workers": 0,
    "device": "cpu",
    "calibration": None,
    "network_def#clinical_encoder": PAIR_ENCODER,
    "network_def#ultrasound_encoder": PAIR_ENCODER,
    **SIZES,
}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty-two phantom cases, of one to four pairs each."""
    folder = tmp_path_factory.mktemp("pairs")
    write_phantom_pairs(folder, 32, seed=0, size=(48, 40))
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_overlay(tmp_path_factory.mktemp("small") / "small.json", **SMALL)


@pytest.fixture(scope="module")
def weights(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "small.pt"
    save_weights(path, build(NAME, "inference.json", small).state_dict())
    return path


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(newline="") as stream:
        return list(csv.DictReader(stream))


def values_of(rows: list[dict[str, str]]) -> np.ndarray:
    return np.array([[float(row[code]) for code in CODES] for row in rows])


def spoil(pairs: Path, folder: Path) -> Path:
    """The same pairs with a scan that is gone, one that is cut off, and a case without a scan."""
    shutil.copytree(pairs, folder)
    scans = sorted((folder / "ultrasound").iterdir())
    scans[0].unlink()
    scans[1].write_bytes(scans[1].read_bytes()[:300])
    table = folder / "pairs.csv"
    table.write_text(f"{table.read_text()}LONE,P,{rows_of(table)[0]['clinical_path']},,\n")
    return folder


def test_d3_training_resumes_bit_for_bit(pairs, small, tmp_path):
    few = {"training_images": 8, "validation_images": 4}
    whole = train(NAME, pairs, tmp_path / "whole", small, max_epochs=2, **few)
    train(NAME, pairs, tmp_path / "parts", small, **few)
    parts = train(NAME, pairs, tmp_path / "parts", small, max_epochs=2, resume=True, **few)
    both = list(zip(tensors(parts["objects"]), tensors(whole["objects"]), strict=True))
    assert len(both) > 50 and all(torch.equal(a, b) for a, b in both)
    assert load_checkpoint(tmp_path / "whole" / "checkpoints" / "checkpoint.pt")["epoch"] == 2


def test_a_case_has_the_mean_of_its_pairs_and_the_report_both_pictures(pairs, small, weights, tmp_path):
    run_bundle(NAME, "inference.json", small, dataset_dir=pairs, output_dir=tmp_path / "out", weights=weights)
    rows, cases = rows_of(tmp_path / "out" / "predictions.csv"), rows_of(tmp_path / "out" / "cases.csv")
    assert len(cases) == 32 < len(rows) == len(load_datalist(pairs, "all"))
    for case in cases:
        own = [row for row in rows if row["case_id"] == case["case_id"]]
        assert len(own) == int(case["pairs"])
        np.testing.assert_allclose(values_of([case])[0], values_of(own).mean(axis=0), atol=1e-7)
    assert not (tmp_path / "out" / "rejected.csv").exists()
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Research use only" in page and sha256_of(weights) in page
    assert page.count('alt="The ultrasound picture of ') == len(rows) and "outlined lesion" not in page


def test_a_half_that_is_missing_or_broken_is_told_of_by_case_and_nothing_else_is_lost(pairs, small, weights, tmp_path):
    spoiled = spoil(pairs, tmp_path / "spoiled")
    for folder, name in ((pairs, "whole"), (spoiled, "out")):
        run_bundle(NAME, "inference.json", small, dataset_dir=folder, output_dir=tmp_path / name, weights=weights)
    rejected = {row["image_id"]: row for row in rows_of(tmp_path / "out" / "rejected.csv")}
    assert [row["case_id"] for row in rejected.values()] == ["PAIR_00000", "PAIR_00001", "LONE"]
    assert "PAIR_00000_1.png" in rejected["PAIR_00000_1_1"]["reason"]
    assert "cut off" in rejected["PAIR_00001_1_1"]["reason"]
    assert "ultrasound: file is missing" in rejected["LONE_1_0"]["reason"]
    whole = [row for row in rows_of(tmp_path / "whole" / "predictions.csv") if row["image_id"] not in rejected]
    answered = rows_of(tmp_path / "out" / "predictions.csv")
    assert [row["image_id"] for row in answered] == [row["image_id"] for row in whole]
    np.testing.assert_allclose(values_of(answered), values_of(whole), atol=1e-5)
    assert len(rows_of(tmp_path / "out" / "cases.csv")) == 30


def test_evaluation_scores_cases_of_patients_that_were_not_trained_on(pairs, small, weights, tmp_path):
    run_bundle(NAME, "inference.json", "evaluate.json", small, dataset_dir=pairs, output_dir=tmp_path, weights=weights)
    cases = rows_of(tmp_path / "cases.csv")
    sections = {name: load_datalist(pairs, name) for name in ("training", "validation", "test")}
    assert {row["case_id"] for row in cases} == {item["case_id"] for item in sections["test"]}
    for one, other in (("training", "test"), ("validation", "test"), ("training", "validation")):
        for key in ("patient_id", "case_id", "image", "paired_image"):
            assert not {item[key] for item in sections[one]} & {item[key] for item in sections[other]}
    found = json.loads((tmp_path / "metrics.json").read_text())
    right = np.mean([CODES[values.argmax()] == row["dx"] for row, values in zip(cases, values_of(cases), strict=True)])
    assert found["images"] == len(cases) and found["scores"]["accuracy"] == pytest.approx(right)


def keys_of(step: dict[str, object]) -> set[str]:
    keys = step.get("keys", ())
    return {keys} if isinstance(keys, str) else set(keys)


def test_no_random_step_changes_both_pictures_or_turns_the_ultrasound_upside_down():
    config = json.loads((configs(NAME) / "train.json").read_text())["train"]
    steps = [step for name, part in config.items() if name.endswith("transforms") for step in part]
    drawn = [step for step in steps if step["_target_"].rpartition(".")[2].startswith("Rand")]
    assert len(drawn) > 8 and all(len(keys_of(step)) == 1 for step in drawn)
    flips = [
        step["spatial_axis"] for step in drawn if step["_target_"] == "RandFlipd" and "ultrasound" in keys_of(step)
    ]
    assert flips == [1]
    assert merged(NAME, "train.json")["ultrasound_rotation"] < np.pi / 4


def test_depth_stays_down_and_the_two_pictures_are_turned_independently(tmp_path):
    """A picture dark below and on the left, sent through the chain of training two hundred times."""
    picture = np.full((3, 64, 64), 200, np.uint8)
    picture[:, 32:] = 60
    picture[:, :, :32] //= 2
    for name in ("photo", "scan"):
        write_image(tmp_path / f"{name}.png", picture)
    chain = merged(NAME, "train.json").get_parsed_content("train#preprocessing")
    item = {
        "image": str(tmp_path / "photo.png"),
        "paired_image": str(tmp_path / "scan.png"),
        "image_id": "a",
        "label": 0,
    }
    seen = []
    for seed in range(200):
        chain.set_random_state(seed)
        out = chain(dict(item))
        photo, scan = out["image"].mean(dim=0), out["ultrasound"][0]
        middle = slice(16, 48)  # away from the corners that turning brings in
        upright = float(scan[16:28, middle].mean() - scan[36:48, middle].mean())
        assert upright > 0, seed
        ways = [each[16:28, middle].mean() > each[36:48, middle].mean() for each in (photo,)]
        ways += [each[middle, 16:28].mean() < each[middle, 36:48].mean() for each in (photo, scan)]
        seen.append(tuple(map(bool, ways)))
    counts = [seen.count(way) for way in product((False, True), repeat=3)]
    # each of the eight ways is expected 25 times; five standard deviations of a binomial are 23
    assert min(counts) > 2 and max(counts) < 48


@pytest.mark.parametrize("preset", presets(NAME))
def test_every_preset_builds_and_answers(preset):
    tiny = {"image_size": [32, 32], "network_def#num_classes": 5, **SIZES}
    single = preset.endswith("_only.json")
    for name in ("clinical", "ultrasound"):
        if not single or preset.endswith(f"{name}_only.json"):
            tiny[f"network_def#{name}_encoder"] = PAIR_ENCODER
    if single:
        tiny = {key: value for key, value in tiny.items() if key.rpartition("#")[2] not in ("grid", "hidden", "depth")}
        tiny = {key: value for key, value in tiny.items() if not key.endswith("_heads")}
    network = build(NAME, "inference.json", preset, **tiny)
    with torch.no_grad():
        logits = network(torch.rand(2, 3, 32, 32), torch.rand(2, 1, 32, 32))
    assert logits.shape == (2, 5) and bool(torch.isfinite(logits).all())


def test_training_and_inference_take_the_same_presets_and_one_alone_looks_at_its_own_picture():
    for name in ("clinical", "ultrasound"):
        network = build(NAME, "train.json", f"presets/{name}_only.json")
        image, scan = torch.rand(2, 3, 64, 64), torch.rand(2, 1, 64, 64)
        with torch.no_grad():
            changed = network(image, 1 - scan) if name == "clinical" else network(1 - image, scan)
            assert torch.equal(network(image, scan), changed)


def test_monai_verifies_the_metadata_and_what_goes_in_and_out_at_the_smallest_size():
    files = {"meta_file": str(configs(NAME) / "metadata.json"), "config_file": str(configs(NAME) / "inference.json")}
    schema = Path(__file__).parents[2] / "monai_skin" / "pipeline" / "schemas" / "metadata.schema.json"
    stated = {"hash_val": sha256_of(schema), "hash_type": "sha256"}
    verify_metadata(meta_file=files["meta_file"], filepath=str(schema), **stated)
    network = {name: value for name, value in SMALL.items() if name.startswith("network_def#")}
    given = {"net_id": "network_def", "device": "cpu", "extra_forward_args": {"ultrasound": torch.rand(1, 1, 32, 32)}}
    verify_net_in_out(**given, **files, **network)


def test_monai_exports_the_network_and_the_export_gives_the_same_logits(small, weights, tmp_path):
    files = {"meta_file": str(configs(NAME) / "metadata.json"), "config_file": str(configs(NAME) / "inference.json")}
    network = {name: value for name, value in SMALL.items() if name.startswith("network_def#")}
    target = tmp_path / "model.ts"
    given = {"net_id": "network_def", "ckpt_file": str(weights), "key_in_ckpt": "", "filepath": str(target)}
    ckpt_export(**given, **files, **network)
    image, scan = torch.rand(2, 3, 32, 32), torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        logits = torch.jit.load(str(target)).eval()(image, scan)
        torch.testing.assert_close(logits, build(NAME, "inference.json", small)(image, scan), atol=1e-4, rtol=1e-3)


def test_the_numbers_of_classes_and_the_digest_agree_wherever_they_stand():
    metadata = json.loads((configs(NAME) / "metadata.json").read_text())
    assert list(metadata["network_data_format"]["outputs"]["pred"]["channel_def"].values()) == list(CODES)
    assert merged(NAME, "train.json")["network_def#num_classes"] == len(CODES)
    for file in ("train.json", "inference.json"):
        assert merged(NAME, file)["vocabulary"] == "benign_malignant"
    models = configs(NAME).parent / "models"
    digest = sha256_of(models / "model.pt")
    assert (models / "model.pt.sha256").read_text().split()[0] == digest
    assert digest in (configs(NAME).parent / "docs" / "README.md").read_text()


@pytest.mark.slow
def test_the_shipped_weights_tell_the_class_of_phantoms_they_were_not_shown(tmp_path):
    write_phantom_pairs(tmp_path / "pairs", 48, seed=77)
    run_bundle(
        NAME,
        "inference.json",
        "evaluate.json",
        dataset_dir=tmp_path / "pairs",
        section="all",
        output_dir=tmp_path / "out",
    )
    found = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert found["images"] == 48 and found["scores"]["accuracy"] >= 0.95


@pytest.mark.slow
def test_one_batch_of_eight_pairs_can_be_learnt_by_heart(tmp_path):
    items = write_phantom_pairs(tmp_path, 8, seed=0, size=(64, 64))
    prepare = merged(NAME, "train.json").get_parsed_content("validate#preprocessing")
    first = {item["case_id"]: prepare(item) for item in reversed(items)}
    image, scan = (torch.stack([item[key].as_tensor() for item in first.values()]) for key in ("image", "ultrasound"))
    target = torch.tensor([item["label"] for item in first.values()])
    network = build(NAME, "train.json").train()
    loss, optimizer = ClinicalUltrasoundLoss(), torch.optim.AdamW(network.parameters(), lr=1e-3)
    for _ in range(150):
        output = network(image, scan)
        if F.cross_entropy(output["logits"], target) < 0.02:
            break
        optimizer.zero_grad()
        loss(output, target).backward()
        optimizer.step()
    assert F.cross_entropy(output["logits"], target) < 0.05
