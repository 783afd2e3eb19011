# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Deep-UNet beside MONAI's networks and its own ablations: same data, same budget, same code around them.

``python -m benchmarks.segmentation_networks --dataset_dir DIR --output_dir DIR`` trains every network with the lesion
segmentation bundle, scores each on the same test images at their own size, and prints a table with paired intervals.
A network that has its ``scores.csv`` already is not trained again, so a run that was stopped can be taken up.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from monai.bundle import run
from monai.networks.nets import BasicUNetPlusPlus

from monai_skin.io import read_table, write_json
from monai_skin.metrics import bootstrap_mean

BUNDLE = Path(__file__).parents[1] / "bundles" / "lesion_segmentation"
REFERENCE = "Deep-UNet"
_OURS: Mapping[str, Any] = {"_target_": "monai_skin.networks.DeepUNet"}


class UNetPlusPlus(BasicUNetPlusPlus):
    """MONAI's, giving its last output instead of a list."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return super().forward(image)[-1]


NETWORKS: Mapping[str, Mapping[str, Any]] = {
    REFERENCE: _OURS,
    "Deep-UNet without gates": {**_OURS, "gate": "none"},
    "Deep-UNet without pyramid": {**_OURS, "pyramid": False},
    "MONAI FlexibleUNet, same encoder": {
        "_target_": "FlexibleUNet",
        "in_channels": 3,
        "out_channels": 1,
        "backbone": "efficientnet-b3",
        "pretrained": False,
    },
    "MONAI AttentionUnet": {
        "_target_": "AttentionUnet",
        "spatial_dims": 2,
        "in_channels": 3,
        "out_channels": 1,
        "channels": [32, 64, 128, 256, 512],
        "strides": [2, 2, 2, 2],
    },
    "MONAI BasicUNetPlusPlus": {
        "_target_": "benchmarks.segmentation_networks.UNetPlusPlus",
        "spatial_dims": 2,
        "in_channels": 3,
        "out_channels": 1,
    },
}


def score(name: str, args: argparse.Namespace) -> list[dict[str, str]]:
    """Train one network and score it, unless that was done before; its row of every test image."""
    folder = Path(args.output_dir) / name.lower().replace(" ", "_").replace(",", "")
    if not (folder / "test" / "scores.csv").exists():
        shared = {
            "bundle_root": str(BUNDLE),
            "dataset_dir": args.dataset_dir,
            "network_def": dict(NETWORKS[name]),
            "image_size": args.image_size,
        }
        started = time.monotonic()
        run(
            config_file=_configs("train.json", "train_from_scratch.json"),
            output_dir=str(folder),
            max_shift=[round(side / 10) for side in args.image_size],
            max_epochs=args.max_epochs,
            val_interval=args.max_epochs,
            training_images=args.training_images,
            validation_images=args.test_images,
            seed=args.seed,
            resume=True,
            **shared,
        )
        write_json(folder / "time.json", {"training_seconds": round(time.monotonic() - started)})
        run(
            config_file=_configs("inference.json", "evaluate.json"),
            output_dir=str(folder / "test"),
            weights=str(folder / "checkpoints" / "model.pt"),
            weights_sha256=None,
            test_images=args.test_images,
            **shared,
        )
    return read_table(folder / "test" / "scores.csv")


def compare(scores: Mapping[str, Sequence[Mapping[str, str]]]) -> list[dict[str, str]]:
    """One row a network: means with intervals, and the paired difference of Dice to the reference."""
    table = []
    for name, rows in scores.items():
        lesions = [row["lesion_id"] for row in rows]
        line = {"network": name}
        for metric in ("dice", "jaccard", "thresholded_jaccard"):
            line[metric] = str(bootstrap_mean([float(row[metric]) for row in rows], lesions))
        pairs = zip(rows, scores[REFERENCE], strict=True)
        differences = [float(row["dice"]) - float(reference["dice"]) for row, reference in pairs]
        line["dice minus reference"] = "" if name == REFERENCE else str(bootstrap_mean(differences, lesions))
        table.append(line)
    return table


def main() -> None:
    """Train, score, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset_dir", required=True, help="folder in the form of HAM10000")
    parser.add_argument("--output_dir", required=True, help="where networks, scores and the table go")
    parser.add_argument("--image_size", type=int, nargs=2, default=[192, 256], metavar=("ROWS", "COLUMNS"))
    parser.add_argument("--max_epochs", type=int, default=20)
    parser.add_argument("--training_images", type=int, default=None, help="a subset, for a reduced comparison")
    parser.add_argument("--test_images", type=int, default=None, help="a subset, for a reduced comparison")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--networks", nargs="+", choices=list(NETWORKS), default=list(NETWORKS))
    args = parser.parse_args()
    names = [REFERENCE, *(name for name in args.networks if name != REFERENCE)]
    table = compare({name: score(name, args) for name in names})
    write_json(Path(args.output_dir) / "table.json", {"settings": vars(args), "table": table})
    print("| " + " | ".join(table[0]) + " |\n|" + " --- |" * len(table[0]))
    for line in table:
        print("| " + " | ".join(line.values()) + " |")
    print(json.dumps({"settings": vars(args), "torch": torch.__version__, "threads": torch.get_num_threads()}))


def _configs(*names: str) -> list[str]:
    return [str(BUNDLE / "configs" / name) for name in names]


if __name__ == "__main__":
    sys.exit(main())
