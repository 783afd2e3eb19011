# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The lesion segmentation bundle, run as its user runs it, on phantoms and small networks."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from monai.bundle import ConfigParser, ckpt_export, onnx_export, run, verify_metadata, verify_net_in_out
from PIL import Image

from monai_skin.data import write_phantoms
from monai_skin.errors import SkinError, skin_error_in
from monai_skin.io import load_checkpoint, save_weights, sha256_of
from monai_skin.networks import DeepUNet

BUNDLE = Path(__file__).parents[2] / "bundles" / "lesion_segmentation"
CONFIGS = BUNDLE / "configs"
SMALL = {
    "image_size": [32, 64],
    "max_shift": [3, 6],
    "network_def#encoder_name": "efficientnet-b0",
    "batch_size": 4,
    "num_workers": 0,
    "device": "cpu",
}


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty phantom lesions in the form HAM10000 is published in."""
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 30, seed=0, size=(90, 120))
    return folder


@pytest.fixture(scope="module")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights for the small network: random, for nothing here depends on what it has learnt."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "model.pt"
    save_weights(path, DeepUNet(encoder_name="efficientnet-b0").state_dict())
    return path


def run_bundle(*configs: str, **overrides: Any) -> None:
    """``python -m monai.bundle run``, in this process."""
    run(
        config_file=[str(CONFIGS / name) for name in configs],
        bundle_root=str(BUNDLE),
        **{**SMALL, **{name.replace("__", "#"): value for name, value in overrides.items()}},
    )


def train(phantoms: Path, folder: Path, epochs: int, **overrides: Any) -> dict[str, Any]:
    run_bundle("train.json", dataset_dir=str(phantoms), output_dir=str(folder), max_epochs=epochs, **overrides)
    return load_checkpoint(folder / "checkpoints" / "checkpoint.pt")


def tensors(state: Any) -> list[torch.Tensor]:
    """Every tensor of a nested state, in order."""
    if isinstance(state, torch.Tensor):
        return [state]
    parts = state.values() if isinstance(state, dict) else state if isinstance(state, list | tuple) else []
    return [tensor for part in parts for tensor in tensors(part)]


def reason(call: Callable[[], object]) -> SkinError:
    with pytest.raises(Exception) as caught:  # MONAI wraps what an expression raises
        call()
    found = skin_error_in(caught.value)
    assert found is not None, caught.value
    return found


def test_d3_resuming_after_two_epochs_equals_four_at_once_bit_for_bit(phantoms, tmp_path):
    whole = train(phantoms, tmp_path / "whole", 4)
    train(phantoms, tmp_path / "parts", 2)
    parts = train(phantoms, tmp_path / "parts", 4, resume=True)
    assert parts["epoch"] == whole["epoch"] == 4
    ours, theirs = tensors(parts["objects"]), tensors(whole["objects"])
    assert len(ours) == len(theirs) > 100
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_d4_the_number_of_workers_changes_nothing(phantoms, tmp_path):
    alone = train(phantoms, tmp_path / "alone", 1, cache_rate=0.0)
    helped = train(phantoms, tmp_path / "helped", 1, cache_rate=0.0, num_workers=2)
    cached = train(phantoms, tmp_path / "cached", 1, cache_rate=1.0)
    for other in (helped, cached):
        pairs = zip(tensors(alone["objects"]), tensors(other["objects"]), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


def test_d5_a_diverging_training_ends_with_an_error_and_leaves_the_last_checkpoint_whole(phantoms, tmp_path):
    train(phantoms, tmp_path, 1)
    error = reason(lambda: train(phantoms, tmp_path, 2, resume=True, loss={"_target_": "tests.bundles.losses.NanLoss"}))
    assert error.exit_code == 5 and "epoch 2" in str(error)
    assert load_checkpoint(tmp_path / "checkpoints" / "checkpoint.pt")["epoch"] == 1


def test_training_writes_weights_scalars_and_pictures(phantoms, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(phantoms, tmp_path, 2)
    assert (tmp_path / "checkpoints" / "model.pt").stat().st_size > 1_000_000
    events = EventAccumulator(str(tmp_path)).Reload()
    assert {"loss", "learning_rate", "val_mean_dice", "val_mean_jaccard"} <= set(events.Tags()["scalars"])
    assert [point.step for point in events.Scalars("loss")] == [1, 2]
    assert events.Tags()["images"] == ["image | predicted | true"]


def test_inference_writes_one_full_size_mask_an_image(phantoms, small_weights, tmp_path):
    run_bundle(
        "inference.json",
        dataset_dir=str(phantoms / "images"),
        output_dir=str(tmp_path / "out"),
        weights=str(small_weights),
    )
    with (tmp_path / "out" / "predictions.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 30 and list(rows[0])[0] == "image_id"
    for row in rows:
        with Image.open(tmp_path / "out" / row["mask"]) as mask:
            assert mask.size == (120, 90) and set(np.unique(np.asarray(mask))) <= {0, 255}
    assert "Research use only" in (tmp_path / "out" / "report.html").read_text()


def test_evaluation_scores_every_test_image_at_its_own_size(phantoms, small_weights, tmp_path):
    run_bundle(
        "inference.json",
        "evaluate.json",
        dataset_dir=str(phantoms),
        output_dir=str(tmp_path),
        weights=str(small_weights),
    )
    report = json.loads((tmp_path / "metrics.json").read_text())
    dice = report["scores"]["dice"]
    assert report["images"] == len((tmp_path / "scores.csv").read_text().splitlines()) - 1 > 0
    assert dice["low"] <= dice["mean"] <= dice["high"]


@pytest.mark.parametrize("configs", [("inference.json",), ("inference.json", "evaluate.json")])
def test_c5_missing_weights_are_an_error_not_a_prediction_by_random_ones(configs, phantoms, tmp_path):
    error = reason(
        lambda: run_bundle(
            *configs, dataset_dir=str(phantoms), output_dir=str(tmp_path), weights=str(tmp_path / "none.pt")
        )
    )
    assert error.exit_code == 3 and "none.pt" in str(error)
    assert not list(tmp_path.rglob("*.png"))


def test_c2_weights_with_another_digest_than_stated_are_refused(phantoms, small_weights, tmp_path):
    error = reason(
        lambda: run_bundle(
            "inference.json",
            dataset_dir=str(phantoms),
            output_dir=str(tmp_path),
            weights=str(small_weights),
            weights_sha256="0" * 64,
        )
    )
    assert error.exit_code == 9


def test_two_processes_train_together_on_a_cpu(phantoms, tmp_path):
    configs = str([str(CONFIGS / "train.json"), str(CONFIGS / "multi_gpu_train.json")])
    overrides = [part for name, value in SMALL.items() if name != "device" for part in (f"--{name}", str(value))]
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node=2",
        "-m",
        "monai.bundle",
        "run",
        "--config_file",
        configs,
        "--bundle_root",
        str(BUNDLE),
        "--dataset_dir",
        str(phantoms),
        "--output_dir",
        str(tmp_path),
        "--max_epochs",
        "1",
        *overrides,
    ]
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )
    assert result.returncode == 0, result.stderr[-3000:]
    state = load_checkpoint(tmp_path / "checkpoints" / "checkpoint.pt")
    names = list(state["objects"]["network"])
    assert state["epoch"] == 1 and not any(name.startswith("module.") for name in names)


def test_monai_verifies_the_metadata(tmp_path):
    schema = Path(__file__).parents[2] / "monai_skin" / "pipeline" / "schemas" / "metadata.schema.json"
    verify_metadata(
        meta_file=str(CONFIGS / "metadata.json"), filepath=str(schema), hash_val=sha256_of(schema), hash_type="sha256"
    )


def test_monai_verifies_the_networks_input_and_output():
    verify_net_in_out(
        net_id="network_def",
        meta_file=str(CONFIGS / "metadata.json"),
        config_file=str(CONFIGS / "inference.json"),
        device="cpu",
        n=2,
        bundle_root=str(BUNDLE),
    )


@pytest.mark.parametrize("kind", ["onnx", "torchscript"])
def test_monai_exports_the_network_and_the_export_gives_the_same_logits(kind, small_weights, tmp_path):
    given = {
        "net_id": "network_def",
        "meta_file": str(CONFIGS / "metadata.json"),
        "ckpt_file": str(small_weights),
        "config_file": str(CONFIGS / "inference.json"),
        "bundle_root": str(BUNDLE),
        "network_def#encoder_name": "efficientnet-b0",
    }
    network = DeepUNet(encoder_name="efficientnet-b0").eval()
    network.load_state_dict(torch.load(small_weights, weights_only=True))
    image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    target = tmp_path / f"model.{kind}"
    if kind == "onnx":
        onnx_export(filepath=str(target), input_shape=[1, 3, 64, 64], **given)
        session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
        logits = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: image.numpy()})[0])
    else:
        ckpt_export(filepath=str(target), key_in_ckpt="", **given)
        logits = torch.jit.load(str(target)).eval()(image)
    with torch.no_grad():
        torch.testing.assert_close(logits, network(image), atol=1e-3, rtol=1e-3)


def test_every_number_can_be_set_on_the_command_line():
    parser = ConfigParser()
    parser.read_config(str(CONFIGS / "train.json"))
    numbers = [
        name
        for name, value in parser.config.items()
        if isinstance(value, int | float | list) and name not in ("initialize", "run")
    ]
    text = (CONFIGS / "train.json").read_text()
    assert len(numbers) > 10
    assert [
        name for name in numbers if f'"@{name}"' not in text and f"@{name})" not in text and f"@{name}," not in text
    ] == []
