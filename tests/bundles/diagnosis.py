# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis bundles as their users run them, with networks of a few thousand weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigParser, run

from monai_skin.io import load_checkpoint
from tests.small_bundle import BUNDLES

DENSENET = {
    "_target_": "monai_skin.networks.DenseNetEncoder",
    "init_features": 8,
    "growth_rate": 4,
    "block_config": [1, 1, 1, 1],
}
CHANNELS = 8  # of its last map: 8 + 4 = 12, half is 6; 10, 5; 9, 4; 4 + 4
NETWORKS: dict[str, dict[str, Any]] = {
    "dual_encoder_diagnosis": {
        "network_def#encoder": DENSENET,
        "network_def#segmented_encoder": DENSENET,
        "network_def#token_grid": [2, 2],
        "network_def#width": 16,
        "network_def#heads": 2,
        "network_def#hidden": 16,
        "network_def#metadata_width": 8,
    },
    "image_metadata_diagnosis": {
        "network_def#encoder": DENSENET,
        "network_def#metadata_features": 8,
        "network_def#attention_width": 16,
        "network_def#heads": 2,
    },
    "soft_attention_diagnosis": {"network_def#trunk": DENSENET, "network_def#trunk_channels": CHANNELS},
}
SMALL = {"image_size": [64, 64], "batch_size": 4, "num_workers": 0, "device": "cpu"}
SMALL_TRAINING = {"max_shift": [3, 3], "training_images": 8}


def configs(name: str) -> Path:
    return BUNDLES / name / "configs"


def presets(name: str) -> list[str]:
    """File names below ``configs``."""
    return sorted(f"presets/{path.name}" for path in (configs(name) / "presets").glob("*.json"))


def merged(name: str, *files: str | Path) -> ConfigParser:
    """Configs laid over each other; nothing is built yet. A path that is not absolute lies below ``configs``."""
    parser = ConfigParser()
    parser.read_config([str(configs(name) / file) for file in files])
    return parser


def write_overlay(path: Path, **entries: Any) -> Path:
    """A config to lie over others; unlike words of a command line, it can hold ``null``."""
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def run_bundle(name: str, *files: str | Path, **overrides: Any) -> None:
    """``python -m monai.bundle run``, in this process, on the configs laid over each other."""
    run(
        config_file=[str(configs(name) / file) for file in files],
        bundle_root=str(BUNDLES / name),
        **{key: str(value) if isinstance(value, Path) else value for key, value in overrides.items()},
    )


def train(name: str, phantoms: Path, out: Path, *overlays: str | Path, **overrides: Any) -> dict[str, Any]:
    """Train for one epoch, unless told otherwise; what the checkpoint then holds."""
    given = {"dataset_dir": phantoms, "output_dir": out, "max_epochs": 1, **overrides}
    run_bundle(name, "train.json", *overlays, **given)
    return load_checkpoint(out / "checkpoints" / "checkpoint.pt")


def build(name: str, *files: str | Path, **entries: Any) -> torch.nn.Module:
    """The network of the merged configs with random weights, always the same."""
    parser = merged(name, *files)
    parser.update(entries)
    torch.manual_seed(0)
    network: torch.nn.Module = parser.get_parsed_content("network_def")
    return network.eval()
