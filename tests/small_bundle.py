# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A whole bundle that runs in a second: the real configs around a network of a few hundred weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from monai.networks.nets import UNet

from monai_skin.io import save_weights, write_image

BUNDLES = Path(__file__).resolve().parents[1] / "bundles"
TINY = {"spatial_dims": 2, "in_channels": 3, "out_channels": 1, "channels": [4, 8], "strides": [2]}
WEIGHTS = "models/model.safetensors"


def make_bundle(folder: Path) -> Path:
    """Copy the segmentation bundle's configs into ``folder`` and give them a tiny network with fixed weights."""
    shutil.copytree(BUNDLES / "lesion_segmentation" / "configs", folder / "configs")
    for name in ("LICENSE", "docs/README.md", "docs/data_license.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("text\n")
    for path in sorted((folder / "configs").glob("*.json")):
        edit(path, network_def={"_target_": "UNet", **TINY}, only_if_present=True)
    edit(folder / "configs" / "inference.json", image_size=[64, 64], weights=f"$@bundle_root + '/{WEIGHTS}'")
    torch.manual_seed(0)
    network = UNet(**TINY)
    (folder / "models").mkdir()
    save_weights(folder / WEIGHTS, network.state_dict())
    return folder


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
