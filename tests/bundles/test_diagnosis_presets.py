# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Presets of the diagnosis bundles, and overlays a user would write for a loss, an optimizer or a sampler."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from monai_skin.data import write_phantoms
from monai_skin.labels import VOCABULARIES
from monai_skin.pipeline.checks.arguments import argument_findings
from monai_skin.pipeline.checks.keys import key_findings
from monai_skin.pipeline.checks.merge import merge
from monai_skin.pipeline.checks.walk import unsafe_findings
from tests.bundles.diagnosis import NETWORKS, SMALL, SMALL_TRAINING, configs, merged, presets, run_bundle, train
from tests.bundles.diagnosis import write_overlay as overlay
from tests.bundles.test_lesion_segmentation import tensors

EVERY = [(name, preset) for name in sorted(NETWORKS) for preset in presets(name)]
IMAGES = {
    "dual_encoder_diagnosis": ("image", "segmented"),
    "image_metadata_diagnosis": ("image",),
    "soft_attention_diagnosis": ("image",),
}
LOSSES = {
    "weighted": {"_target_": "monai_skin.losses.ClassWeightedCrossEntropy", "class_weights": [1, 1, 1, 1, 5, 1, 1]},
    "focal": {"_target_": "monai_skin.losses.SoftmaxFocalLoss", "gamma": 2.0, "alpha": [1, 1, 1, 1, 2, 0.5, 1]},
    "cost": {
        "_target_": "monai_skin.losses.CostMatrixLoss",
        "cost": {"_target_": "monai_skin.losses.malignant_cost_matrix", "vocabulary": "ham10000"},
    },
}
SAMPLERS = {
    "class balanced": {"_target_": "monai_skin.data.ClassBalancedSampler", "beta": 0.9},
    "lesion": {"_target_": "monai_skin.data.LesionSampler", "batch_size": "@batch_size"},
}


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 40, seed=0, size=(60, 70))
    return folder


def small(folder: Path, name: str) -> Path:
    return overlay(folder / f"{name}.json", **SMALL, **NETWORKS[name])


def content(name: str, file: str) -> dict[str, Any]:
    return json.loads((configs(name) / file).read_text(encoding="utf-8"))


def names_a_backbone(name: str, preset: str) -> bool:
    """Whether it brings layers of its own, which no small network can stand in for."""
    entries = content(name, preset).items()
    return any(value is not None and key.endswith(("encoder", "#trunk", "#backbone")) for key, value in entries)


LARGE = [pair for pair in EVERY if names_a_backbone(*pair)]
ways = pytest.mark.parametrize(("name", "preset"), [pair for pair in EVERY if pair not in LARGE])


def test_there_are_presets_of_both_kinds_for_every_bundle():
    for kind in (LARGE, [pair for pair in EVERY if pair not in LARGE]):
        assert {name for name, _ in kind} == set(NETWORKS)


@pytest.mark.parametrize(("name", "preset"), EVERY)
def test_a_preset_builds_one_network_for_training_and_inference_and_all_of_it_learns(name, preset):
    # on the meta device layers of any size are built and run by their shapes alone
    training, inference = merged(name, "train.json", preset), merged(name, "inference.json", preset)
    with torch.device("meta"):
        network = training.get_parsed_content("network_def")
        other = inference.get_parsed_content("network_def").eval()
        given = {key: torch.empty(2, 3, *training["image_size"]) for key in IMAGES[name]}
        if "clinical" in training["prepare_batch"].get("extra", ()):
            given["clinical"] = torch.empty(2, 4)
        labels = torch.zeros(2, dtype=torch.int64)
    classes = len(VOCABULARIES["ham10000"])
    logits = network(**given)
    training.get_parsed_content("loss")(logits, labels).backward()
    training.get_parsed_content("optimizer").step()
    assert logits.shape == (2, classes)
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert inference["image_size"] == training["image_size"]
    shapes = {key: value.shape for key, value in network.state_dict().items()}
    assert {key: value.shape for key, value in other.state_dict().items()} == shapes
    with torch.no_grad():
        assert other(**given).shape == (2, classes)


@ways
def test_a_preset_trains_and_its_weights_answer(name, preset, phantoms, tmp_path):
    network = small(tmp_path, name)
    given = {**SMALL_TRAINING, "training_images": 4}  # one step
    done = train(name, phantoms, tmp_path / "run", network, preset, **given)
    assert done["iteration"] == 1
    plain = overlay(tmp_path / "plain.json", calibration=None, familiarity=None)
    given = {"weights": tmp_path / "run" / "checkpoints" / "model.pt", "output_dir": tmp_path / "out"}
    run_bundle(name, "inference.json", network, preset, plain, dataset_dir=phantoms / "images", **given)
    with (tmp_path / "out" / "predictions.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    sums = [sum(float(row[code]) for code in VOCABULARIES["ham10000"]) for row in rows]
    assert len(rows) == 40 and sums == pytest.approx([1] * 40, abs=1e-6)


def check(*entries: dict[str, Any]) -> list[str]:
    """What the static check says of configs laid over each other, the last of them a user's."""
    whole = merge(list(entries))
    found = [*unsafe_findings("", whole), *argument_findings("", whole), *key_findings("", whole, own=entries[-1])]
    return [str(finding) for finding in found]


def trained_with(phantoms: Path, folder: Path, entries: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint of the smallest bundle with metadata, trained with an overlay that the static check lets pass."""
    name = "image_metadata_diagnosis"
    assert check(content(name, "train.json"), entries) == []
    given = (small(folder, name), overlay(folder / "train_otherwise.json", **entries))
    return train(name, phantoms, folder / "run", *given, **SMALL_TRAINING)


@pytest.fixture(scope="module")
def usual(phantoms: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return trained_with(phantoms, tmp_path_factory.mktemp("usual"), {})


def differs(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    pairs = zip(*(tensors(state["objects"]["network"]) for state in (ours, theirs)), strict=True)
    return not all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_another_loss_is_one_entry(loss, phantoms, usual, tmp_path):
    assert differs(trained_with(phantoms, tmp_path, {"loss": LOSSES[loss]}), usual)


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_a_sampler_takes_four_entries(sampler, phantoms, usual, tmp_path):
    entries = {
        "train#sampler": {**SAMPLERS[sampler], "dataset": "@train#dataset", "num_samples": 12, "seed": "@seed"},
        "train#dataloader#sampler": "@train#sampler",
        "train#dataloader#shuffle": False,
        "train#handlers#0#sampler": "@train#sampler",
    }
    done = trained_with(phantoms, tmp_path, entries)
    assert done["iteration"] == 3, "twelve images in batches of four"
    assert differs(done, usual)


def test_gradients_of_several_batches_make_one_step(phantoms, usual, tmp_path):
    done = trained_with(phantoms, tmp_path, {"train#trainer#accumulation_steps": 2})
    steps = [{int(one["step"]) for one in state["objects"]["optimizer"]["state"].values()} for state in (done, usual)]
    assert steps == [{1}, {2}] and done["iteration"] == usual["iteration"] == 2


def test_soft_attention_has_the_numbers_of_the_published_training():
    config = merged("soft_attention_diagnosis", "train.json", "train_as_published.json")
    weights = dict(zip(VOCABULARIES["ham10000"], config["class_weights"], strict=True))
    assert {code: weight for code, weight in weights.items() if weight != 1} == {"mel": 5}
    assert config["loss#normalization"] == "samples", "a melanoma costs five times as much, as in Keras"
    assert (config["batch_size"], config["learning_rate"], config["epsilon"]) == (16, 0.01, 0.1)
    # steps: a tenth of the 9,187 training images, rounded up
    assert config["images_per_epoch"] == 919 * 16
    assert (config["max_epochs"], config["patience"]) == (150, 30)


def test_soft_attention_trains_as_published(phantoms, tmp_path):
    name, file = "soft_attention_diagnosis", "train_as_published.json"
    given = {**SMALL_TRAINING, **SMALL, "images_per_epoch": 12}
    done = train(name, phantoms, tmp_path, file, small(tmp_path, name), **given)
    optimizer = done["objects"]["optimizer"]
    assert done["iteration"] == 3, "twelve images in batches of four"
    assert [(group["lr"], group["eps"]) for group in optimizer["param_groups"]] == [(0.01, 0.1)]
    assert all({"first_moment", "second_moment"} <= set(one) for one in optimizer["state"].values())
    again = train(name, phantoms, tmp_path, file, small(tmp_path, name), **given, max_epochs=2, resume=True)
    whole = train(name, phantoms, tmp_path / "whole", file, small(tmp_path, name), **given, max_epochs=2)
    assert all(torch.equal(a, b) for a, b in zip(tensors(again["objects"]), tensors(whole["objects"]), strict=True))
