# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whole bundles that run in a second: the real configs around networks of few weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigParser
from monai.networks.nets import UNet

from monai_skin.io import save_weights, write_image, write_json
from monai_skin.labels import VOCABULARIES
from monai_skin.networks import DenseNetEncoder, DualEncoderNet
from monai_skin.transforms import CALIBRATION_FORMAT

BUNDLES = Path(__file__).resolve().parents[1] / "bundles"
TINY = {"spatial_dims": 2, "in_channels": 3, "out_channels": 1, "channels": [4, 8], "strides": [2]}
WEIGHTS, CALIBRATION = "models/model.safetensors", "models/calibration.json"
TINY_ENCODER = {"init_features": 8, "growth_rate": 4, "block_config": [1, 1, 1, 1]}
TINY_DUAL = {"num_sites": 14, "token_grid": [2, 2], "width": 16, "heads": 2, "hidden": 16, "metadata_width": 16}


def make_bundle(folder: Path) -> Path:
    """Copy the segmentation bundle's configs into ``folder`` and give them a tiny network with fixed weights."""
    _copy_configs("lesion_segmentation", folder, {"_target_": "UNet", **TINY})
    torch.manual_seed(0)
    save_weights(folder / WEIGHTS, UNet(**TINY).state_dict())
    return folder


def make_diagnosis_bundle(folder: Path, *, num_classes: int = 7) -> Path:
    """The same of the dual-encoder bundle, with a calibration that makes its probabilities a little more extreme.

    It does not say what is unlike its training pictures.
    """
    encoder = {"_target_": "monai_skin.networks.DenseNetEncoder", **TINY_ENCODER}
    sizes = {"num_classes": num_classes, **TINY_DUAL}
    network = {"_target_": "monai_skin.networks.DualEncoderNet", "encoder": encoder, "segmented_encoder": encoder}
    _copy_configs(
        "dual_encoder_diagnosis", folder, {**network, "streams": "both", "fusion": "cross_attention", **sizes}
    )
    torch.manual_seed(0)
    encoders = [DenseNetEncoder(**TINY_ENCODER) for _ in range(2)]
    save_weights(
        folder / WEIGHTS, DualEncoderNet(encoder=encoders[0], segmented_encoder=encoders[1], **sizes).state_dict()
    )
    calibration = {"format": CALIBRATION_FORMAT, "kind": "temperature", "temperature": 0.5}
    edit(folder / "configs" / "inference.json", familiarity=None)
    names = {"classes": list(VOCABULARIES["ham10000"]), "fitted_on": "phantoms", "images": 10}
    write_json(folder / CALIBRATION, {**calibration, **names})
    return folder


PAIR_ENCODER = {
    "_target_": "monai_skin.networks.ResNetStageEncoder",
    "block": "basic",
    "layers": [1, 1, 1, 1],
    "widths": [8, 8, 8, 8],
}
TINY_PAIR = {"grid": 2, "width": 16, "local_heads": 2, "global_heads": 2, "hidden": 16, "depth": 1}


def make_pair_bundle(folder: Path) -> Path:
    """The same of the bundle of photograph and ultrasound, for pictures of 32 pixels."""
    encoders = {"clinical_encoder": PAIR_ENCODER, "ultrasound_encoder": PAIR_ENCODER}
    network = {"_target_": "monai_skin.networks.ClinicalUltrasoundNet", **encoders, "num_classes": 2, **TINY_PAIR}
    _copy_configs("clinical_ultrasound_diagnosis", folder, network)
    edit(folder / "configs" / "inference.json", image_size=[32, 32])
    torch.manual_seed(0)
    save_weights(folder / WEIGHTS, ConfigParser({"network": network}).get_parsed_content("network").state_dict())
    return folder


def _copy_configs(bundle: str, folder: Path, network: dict[str, Any]) -> None:
    shutil.copytree(BUNDLES / bundle / "configs", folder / "configs")
    for name in ("LICENSE", "docs/README.md", "docs/data_license.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("text\n")
    (folder / "models").mkdir()
    for path in sorted((folder / "configs").glob("*.json")):
        edit(path, network_def=network, only_if_present=True)
    edit(folder / "configs" / "inference.json", image_size=[64, 64], weights=f"$@bundle_root + '/{WEIGHTS}'")


def edit(path: Path, *, only_if_present: bool = False, **entries: Any) -> None:
    """Set top-level entries of a JSON file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content |= {key: value for key, value in entries.items() if key in content or not only_if_present}
    path.write_text(json.dumps(content), encoding="utf-8")


def make_pictures(folder: Path, count: int = 3) -> list[Path]:
    """Phantoms that are not square, each of another size."""
    from monai_skin.data.phantoms import make_phantom

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"lesion {seed}.png" for seed in range(count)]
    for seed, path in enumerate(paths):
        write_image(path, make_phantom(seed, (60 + seed, 90)).image)
    return paths
