# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Sampler, average, clipping, accumulation and parameter groups in the JSON of a bundle, all at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from monai.bundle import run

from monai_skin.data import write_phantoms
from monai_skin.io import load_checkpoint
from tests.bundles.test_lesion_segmentation import tensors
from tests.small_bundle import make_bundle

SMALL = {"image_size": [32, 32], "max_shift": [3, 3], "batch_size": 2, "cache_rate": 0.0, "device": "cpu"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The segmentation bundle with every part added where its documentation says."""
    root = make_bundle(tmp_path_factory.mktemp("bundles") / "small")
    file = root / "configs" / "train.json"
    config = json.loads(file.read_text())
    train = config["train"]
    train["sampler"] = {
        "_target_": "monai_skin.data.LesionSampler",
        "dataset": "@train#dataset",
        "batch_size": "@batch_size",
        "num_samples": 10,
        "seed": "@seed",
    }
    train["dataloader"] |= {"sampler": "@train#sampler", "shuffle": False}
    train["average"] = {"_target_": "monai_skin.handlers.AverageWeights", "network": "@network_def", "decay": 0.9}
    clip = {"_target_": "monai_skin.handlers.ClipGradients", "network": "@network_def", "max_norm": 1.0}
    train["trainer"]["accumulation_steps"] = 2
    config["optimizer"]["params"] = {
        "_target_": "monai_skin.engines.parameter_groups",
        "network": "@network_def",
        "learning_rate": 0.01,
        "encoder_learning_rate": 0.001,
        "weight_decay": "@weight_decay",
        "encoder_names": ["model.0"],
    }
    handlers: list[Any] = train["handlers"]
    names = [handler["_target_"].split(".")[-1] if isinstance(handler, dict) else "" for handler in handlers]
    handlers[names.index("SeedEpochs")]["sampler"] = "@train#sampler"
    handlers[names.index("Checkpoint")]["objects"]["average"] = "@train#average"
    place = names.index("ValidationHandler")
    handlers[place:place] = [clip, "@train#average"]
    file.write_text(json.dumps(config))
    return root


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 12, size=(40, 48))
    return folder


def train(bundle: Path, phantoms: Path, out: Path, epochs: int, **words: object) -> dict[str, Any]:
    given = {"bundle_root": str(bundle), "dataset_dir": str(phantoms), "output_dir": str(out), "max_epochs": epochs}
    run(config_file=str(bundle / "configs" / "train.json"), **given, **SMALL, **words)
    return load_checkpoint(out / "checkpoints" / "checkpoint.pt")


def test_d3_a_training_with_all_parts_resumes_bit_for_bit(bundle, phantoms, tmp_path):
    whole = train(bundle, phantoms, tmp_path / "whole", 3)
    train(bundle, phantoms, tmp_path / "parts", 1)
    parts = train(bundle, phantoms, tmp_path / "parts", 3, resume=True)
    ours, theirs = tensors(parts["objects"]), tensors(whole["objects"])
    assert len(ours) == len(theirs) > 10
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert whole["objects"]["average"]["steps"] == 3 * 3, "five batches an epoch make three steps"
    assert [group["lr"] for group in whole["objects"]["optimizer"]["param_groups"]] == [0.01, 0.01, 0.001, 0.001]
