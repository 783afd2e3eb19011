# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The bundle that diagnoses from visual concepts, run as its user runs it, on phantoms and a small network."""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from monai_skin.cli import main
from monai_skin.concepts import PRESETS, ConceptCache, ConceptSet, ProxyProposer, encode_rle, open_cache, write_settings
from monai_skin.data import load_datalist, write_phantoms
from monai_skin.io import load_checkpoint, read_image, save_weights, sha256_of
from monai_skin.labels import VOCABULARIES
from tests.bundles.diagnosis import DENSENET, build, merged, presets, run_bundle, train, write_overlay
from tests.bundles.test_lesion_segmentation import reason, tensors
from tests.concepts.small_models import save_detector, save_sam

NAME = "sam_concept_diagnosis"
CODES = VOCABULARIES["ham10000"]
WIDTH = 8
SMALL = {
    "image_size": [64, 64],
    "batch_size": 4,
    "num_workers": 0,
    "device": "cpu",
    "vocabulary": "ham10000",
    "calibration": None,
    "max_concepts": 4,
    "top_k": 2,
    "network_def#global_encoder": DENSENET,
    "network_def#num_classes": 7,
    "network_def#concept_width": WIDTH,
    "network_def#width": 16,
    "network_def#heads": 2,
}


def concepts_of(file: str, count: int) -> ConceptSet:
    """Concepts in rows below each other, with vectors drawn from the picture's digest."""
    random = np.random.default_rng(list(bytes.fromhex(sha256_of(file))))
    size = read_image(file).pixels.shape[1:]
    edges = np.linspace(0, size[0], count + 1).astype(int)
    masks = [np.zeros(size, np.bool_) for _ in range(count)]
    for mask, (top, bottom) in zip(masks, pairwise(edges), strict=True):
        mask[top:bottom] = True
    return ConceptSet(
        vectors=random.normal(size=(count, WIDTH)).astype(np.float32),
        boxes=np.array([[0, top, size[1], bottom] for top, bottom in pairwise(edges)], "f4"),
        scores=np.linspace(0.9, 0.5, count, dtype=np.float32),
        phrase_ids=np.minimum(np.arange(count), 1).astype(np.int32),
        phrases=("lesion", "skin"),
        runs=tuple(encode_rle(mask) for mask in masks),
        size=size,
        image_digest=sha256_of(file),
    )


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty phantom lesions with concepts, one to six of each."""
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 30, seed=0, size=(60, 70))
    cache = ConceptCache(folder / "concepts", ProxyProposer(weights=False).settings)
    cache.prepare()
    for number, item in enumerate(load_datalist(folder, "all")):
        cache.write(concepts_of(item["image"], 1 + number % 6))
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


def test_training_resumes_bit_for_bit(phantoms, small, tmp_path):
    whole = train(NAME, phantoms, tmp_path / "whole", small, max_epochs=2)
    train(NAME, phantoms, tmp_path / "parts", small)
    parts = train(NAME, phantoms, tmp_path / "parts", small, max_epochs=2, resume=True)
    pairs = list(zip(tensors(parts["objects"]), tensors(whole["objects"]), strict=True))
    assert len(pairs) > 50 and all(torch.equal(a, b) for a, b in pairs)
    assert load_checkpoint(tmp_path / "whole" / "checkpoints" / "checkpoint.pt")["epoch"] == 2


def test_inference_names_the_deciding_concept_and_draws_it(phantoms, small, weights, tmp_path):
    items = load_datalist(phantoms, "test")
    (tmp_path / "pictures").mkdir()
    for item in items:
        (tmp_path / "pictures" / Path(item["image"]).name).write_bytes(Path(item["image"]).read_bytes())
    given = {"dataset_dir": tmp_path / "pictures", "concept_cache": phantoms / "concepts", "weights": weights}
    run_bundle(NAME, "inference.json", small, output_dir=tmp_path / "out", **given)
    predictions = {row["image_id"]: row for row in rows_of(tmp_path / "out" / "predictions.csv")}
    found = rows_of(tmp_path / "out" / "concepts.csv")
    assert len(found) == len(predictions) == len(items) > 3
    parser = merged(NAME, "inference.json", small)
    parser.update({"concept_cache": str(phantoms / "concepts")})
    network, prepare = build(NAME, "inference.json", small), parser.get_parsed_content("preprocessing")
    for row in found:
        assert row["class"] == predictions[row["image_id"]]["prediction"]
        file = next((tmp_path / "pictures").glob(f"{row['image_id']}.*"))
        concepts = open_cache(phantoms / "concepts").read(str(file))
        item = prepare(
            {"image": str(file), "image_id": row["image_id"], "age": None, "sex": "unknown", "site": "unknown"}
        )
        with torch.no_grad():
            evidence = network.evidence(*(item[key][None] for key in ("image", "concepts", "concept_mask")))
        deciding = int(evidence.deciding)
        assert int(row["concept"]) == deciding + 1 <= min(len(concepts), 4)
        assert row["phrase"] == concepts.phrase(deciding) and row["kind"] == "proxy"
        assert float(row["share"]) == pytest.approx(float(evidence.concept_profile[0, deciding]), abs=1e-4)
        scores = [float(row[f"score_{code}"]) for code in CODES]
        np.testing.assert_allclose(scores, evidence.class_profile[0].numpy(), atol=1e-3)
        for name in ("evidence", "attention"):
            assert read_image(str(tmp_path / "out" / row[name])).pixels.shape[1:] == concepts.size
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Research use only" in page and sha256_of(weights) in page


def test_a_picture_without_concepts_is_rejected_by_name_and_the_others_are_answered(phantoms, small, weights, tmp_path):
    write_phantoms(tmp_path / "others", 1, seed=9, size=(60, 70))
    known, foreign = load_datalist(phantoms, "test")[0]["image"], load_datalist(tmp_path / "others", "all")[0]["image"]
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "known.jpg").write_bytes(Path(known).read_bytes())
    (tmp_path / "pictures" / "foreign.jpg").write_bytes(Path(foreign).read_bytes())
    given = {"dataset_dir": tmp_path / "pictures", "concept_cache": phantoms / "concepts", "weights": weights}
    run_bundle(NAME, "inference.json", small, output_dir=tmp_path / "out", **given)
    assert [row["image_id"] for row in rows_of(tmp_path / "out" / "predictions.csv")] == ["known"]
    rejected = rows_of(tmp_path / "out" / "rejected.csv")
    assert [row["image_id"] for row in rejected] == ["foreign"] and "concepts extract" in rejected[0]["reason"]


def test_evaluation_scores_the_cases_that_were_not_trained_on(phantoms, small, weights, tmp_path):
    given = {"dataset_dir": phantoms, "weights": weights, "train_ratio": 0.5}
    run_bundle(NAME, "inference.json", "evaluate.json", small, output_dir=tmp_path, **given)
    test = load_datalist(phantoms, "test", split="cases", train_ratio=0.5)
    training = load_datalist(phantoms, "training", split="cases", train_ratio=0.5)
    assert {row["image_id"] for row in rows_of(tmp_path / "predictions.csv")} == {item["image_id"] for item in test}
    assert not {item["lesion_id"] for item in test} & {item["lesion_id"] for item in training}


def test_a_fusion_that_adds_concepts_up_has_no_evidence(phantoms, small, weights, tmp_path):
    files = ("inference.json", "presets/average_sum.json", small)
    given = {"dataset_dir": phantoms / "images", "output_dir": tmp_path, "weights": weights}
    error = reason(lambda: run_bundle(NAME, *files, **given))
    assert error.exit_code == 2 and "average_sum" in str(error)


@pytest.mark.parametrize("preset", presets(NAME))
def test_every_preset_builds_and_answers(preset, small):
    tiny = {**SMALL, "network_def#num_classes": 5}
    if preset.endswith("vit_b16.json"):
        sizes = {"image_size": 64, "width": 16, "depth": 1, "heads": 2, "hidden": 16}
        tiny["network_def#global_encoder"] = {"_target_": "monai_skin.networks.ViTEncoder", **sizes}
    if preset.endswith("local_only.json"):
        tiny.pop("network_def#global_encoder")
    network = build(NAME, "inference.json", preset, **tiny)
    with torch.no_grad():
        logits = network(torch.rand(2, 3, 64, 64), torch.randn(2, 4, WIDTH), torch.ones(2, 4, dtype=torch.bool))
    assert logits.shape == (2, 5) and bool(torch.isfinite(logits).all())


def test_concepts_of_grounding_dino_and_sam_train_and_decide(phantoms, small, tmp_path, capfd):
    """The true model classes with few layers and random weights, from the command line to the report."""
    save_detector(tmp_path / "weights" / "grounding-dino-base")
    save_sam(tmp_path / "weights" / "sam-vit-huge")
    settings = replace(PRESETS["grounded-sam"], prompts=("lesion", "arm"), box_threshold=0.0, max_concepts=4)
    write_settings(tmp_path / "settings.json", settings)
    cache = tmp_path / "concepts"
    words = ["--cache", cache, "--settings", tmp_path / "settings.json", "--weights", tmp_path / "weights"]
    assert main(["concepts", "extract", *map(str, [phantoms / "images", *words])]) == 0
    assert "proxy" not in capfd.readouterr().out
    overlay = write_overlay(tmp_path / "wide.json", **{**SMALL, "network_def#concept_width": 256})
    trained = train(NAME, phantoms, tmp_path / "run", overlay, concept_cache=cache)
    assert trained["epoch"] == 1
    given = {"dataset_dir": phantoms / "images", "concept_cache": cache, "output_dir": tmp_path / "out"}
    run_bundle(NAME, "inference.json", overlay, weights=tmp_path / "run" / "checkpoints" / "model.pt", **given)
    rows = rows_of(tmp_path / "out" / "concepts.csv")
    assert len(rows) == 30 and {row["kind"] for row in rows} == {"found by text"}
    assert {row["phrase"] for row in rows} <= {"lesion", "arm"}
    assert "found by this word" in (tmp_path / "out" / "report.html").read_text()
