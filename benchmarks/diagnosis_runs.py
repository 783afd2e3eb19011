# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Several designs of a classifier trained by their bundles, judged on the same images, compared in one table.

A design whose predictions are there is not trained again, so a comparison that was stopped can be taken up, and one
that was stopped within a training resumes it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from monai.bundle import run

from monai_skin.cli.main import main as command
from monai_skin.io import write_json

__all__ = ["SECTIONS", "Design", "compare_designs", "train_and_predict"]

BUNDLES = Path(__file__).parents[1] / "bundles"
SECTIONS = ("validation", "test")


class Design(NamedTuple):
    """A bundle, the presets laid over it, and entries laid over those."""

    bundle: str
    presets: tuple[str, ...] = ()
    entries: Mapping[str, Any] = {}


def folder_of(name: str, seed: int, output_dir: str) -> Path:
    """Where one training of a design keeps everything."""
    return Path(output_dir) / name.lower().replace(" ", "_").replace("+", "and").replace("=", "") / f"seed_{seed}"


def train_and_predict(
    design: Design, folder: Path, seed: int, *, shared: Mapping[str, Any], training: Mapping[str, Any]
) -> None:
    """Train one design with one seed and predict both sections, unless that was done before.

    Args:
        folder: of :func:`folder_of`.
        shared: entries of all configs, such as ``dataset_dir``.
        training: further entries of ``train.json``.
    """
    if all((folder / section / "predictions.csv").exists() for section in SECTIONS):
        return
    root = BUNDLES / design.bundle
    presets = [f"presets/{preset}.json" for preset in design.presets]
    given = {"bundle_root": str(root), **shared, **design.entries}
    started = time.monotonic()
    run(
        config_file=_configs(root, "train.json", *presets),
        output_dir=str(folder),
        seed=seed,
        resume=True,
        **training,
        **given,
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
            **given,
        )


def compare_designs(names: Sequence[str], seeds: Sequence[int], output_dir: str) -> int:
    """Print the table of ``python -m monai_skin compare`` on the designs' predictions, averaged over the seeds."""
    tables, validation = (
        [_predictions(name, section, seeds, output_dir) for name in names] for section in ("test", "validation")
    )
    return command(["compare", *tables, "--names", *names, "--validation", *validation, "--out", output_dir])


def _predictions(name: str, section: str, seeds: Sequence[int], output_dir: str) -> str:
    """One table of predictions a design: that of its only seed, or the mean over its seeds."""
    tables = [str(folder_of(name, seed, output_dir) / section / "predictions.csv") for seed in seeds]
    if len(tables) == 1:
        return tables[0]
    mean = folder_of(name, 0, output_dir).parent / f"{section}.csv"
    if command(["ensemble", *tables, "--method", "mean", "--out", str(mean)]):
        raise SystemExit(f"{name}: the predictions of its seeds could not be averaged")
    return str(mean)


def _configs(root: Path, *names: str) -> list[str]:
    return [str(root / "configs" / name) for name in names]
