# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Designs of a lesion classifier side by side: same images, same budget, same code around them.

``python -m benchmarks.diagnosis_networks --dataset_dir DIR --masks_dir DIR --output_dir DIR`` trains every design with
its bundle for every seed and writes its predictions for the validation and test sections. A design that has both is not
trained again, so a run that was stopped can be taken up, and one that was stopped within a training resumes it. At the
end it prints the table of ``python -m monai_skin compare`` on the predictions, averaged over the seeds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from monai.bundle import run

from monai_skin.cli.main import main as command
from monai_skin.io import write_json

BUNDLES = Path(__file__).parents[1] / "bundles"
SECTIONS = ("validation", "test")


class Design(NamedTuple):
    """A bundle and the presets laid over it."""

    bundle: str
    presets: tuple[str, ...] = ()
    masks: bool = False


DUAL, SOFT, FUSED = "dual_encoder_diagnosis", "soft_attention_diagnosis", "image_metadata_diagnosis"
DESIGNS: Mapping[str, Design] = {
    "image only": Design(DUAL, ("image_only",), masks=True),
    "segmented only": Design(DUAL, ("segmented_only",), masks=True),
    "dual encoder": Design(DUAL, ("without_metadata",), masks=True),
    "dual encoder + metadata": Design(DUAL, (), masks=True),
    "soft attention": Design(SOFT),
    "late fusion": Design(FUSED, ("late",)),
    "FiLM": Design(FUSED, ("film",)),
    "cross-attention fusion": Design(FUSED, ("cross_attention",)),
    "metadata only": Design(FUSED, ("metadata_only",)),
}


def folder_of(name: str, seed: int, args: argparse.Namespace) -> Path:
    """Where one training of a design keeps everything."""
    return Path(args.output_dir) / name.lower().replace(" ", "_").replace("+", "and") / f"seed_{seed}"


def train_and_predict(name: str, seed: int, args: argparse.Namespace) -> None:
    """Train one design with one seed and predict both sections, unless that was done before."""
    design, folder = DESIGNS[name], folder_of(name, seed, args)
    if all((folder / section / "predictions.csv").exists() for section in SECTIONS):
        return
    root = BUNDLES / design.bundle
    presets = [f"presets/{preset}.json" for preset in design.presets]
    shared: dict[str, Any] = {
        "bundle_root": str(root),
        "dataset_dir": args.dataset_dir,
        "image_size": args.image_size,
        **({"masks_dir": args.masks_dir} if design.masks else {}),
    }
    started = time.monotonic()
    run(
        config_file=_configs(root, "train.json", *presets),
        output_dir=str(folder),
        max_shift=[round(side / 10) for side in args.image_size],
        max_epochs=args.max_epochs,
        restart_epochs=args.max_epochs,
        batch_size=args.batch_size,
        training_images=args.training_images,
        encoder_weights=args.encoder_weights,
        seed=seed,
        resume=True,
        **shared,
    )
    write_json(folder / "time.json", {"training_seconds": round(time.monotonic() - started)})
    for section in SECTIONS:
        run(
            config_file=_configs(root, "inference.json", "evaluate.json", *presets),
            output_dir=str(folder / section),
            weights=str(folder / "checkpoints" / "model.pt"),
            weights_sha256=None,
            section=section,
            overwrite=True,
            **shared,
        )


def predictions(name: str, section: str, args: argparse.Namespace) -> str:
    """One table of predictions a design: that of its only seed, or the mean over its seeds."""
    tables = [str(folder_of(name, seed, args) / section / "predictions.csv") for seed in args.seeds]
    if len(tables) == 1:
        return tables[0]
    mean = folder_of(name, 0, args).parent / f"{section}.csv"
    if command(["ensemble", *tables, "--method", "mean", "--out", str(mean)]):
        raise SystemExit(f"{name}: the predictions of its seeds could not be averaged")
    return str(mean)


def main() -> int:
    """Train, predict, compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset_dir", required=True, help="folder in the form of HAM10000")
    parser.add_argument("--masks_dir", required=True, help="predicted masks, as `data masks` writes them")
    parser.add_argument("--output_dir", required=True, help="where trainings, predictions and the table go")
    parser.add_argument("--image_size", type=int, nargs=2, default=[224, 224], metavar=("ROWS", "COLUMNS"))
    parser.add_argument("--max_epochs", type=int, default=30)
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument("--training_images", type=int, default=None, help="a subset, for a reduced comparison")
    parser.add_argument("--encoder_weights", default="efficientnet-lite0", help="published weights to start from")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--designs", nargs="+", choices=list(DESIGNS), default=list(DESIGNS))
    parser.add_argument("--no_table", action="store_true", help="train and predict only")
    args = parser.parse_args()
    for seed in args.seeds:
        for name in args.designs:
            train_and_predict(name, seed, args)
    settings = {**vars(args), "torch": torch.__version__, "threads": torch.get_num_threads()}
    print(json.dumps(settings))
    if args.no_table:
        return 0
    names = ["--names", *args.designs]
    tables, validation = (
        [predictions(name, section, args) for name in args.designs] for section in ("test", "validation")
    )
    return command(["compare", *tables, *names, "--validation", *validation, "--out", args.output_dir])


def _configs(root: Path, *names: str) -> list[str]:
    return [str(root / "configs" / name) for name in names]


if __name__ == "__main__":
    sys.exit(main())
