# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One fold: weights from the others, masks for its own images. What is finished on disk is not done again."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monai.bundle import ConfigParser

from monai_skin.data import Item, write_dataset_json
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_json, read_table, sha256_of, write_json
from monai_skin.pipeline.run_training import run_training
from monai_skin.pipeline.segment import segment

__all__: list[str] = []

WEIGHTS = "weights.json"  # which weights a fold has; there once they are whole
RESULTS = "predictions"


@dataclass(frozen=True)
class Recipe:
    """What all folds are trained and predicted with; see :func:`monai_skin.pipeline.predict_masks`."""

    root: Path
    device: str | None
    overrides: Mapping[str, Any]
    progress: bool

    def for_inference(self) -> dict[str, Any]:
        """The overrides that ``inference.json`` has an entry for."""
        config = read_json(self.root / "configs" / "inference.json")
        return {name: value for name, value in self.overrides.items() if name.split("#")[0] in config}

    def shipped_weights(self) -> Path:
        """The file that ``inference.json`` loads by itself."""
        parser = ConfigParser()
        parser.read_config(str(self.root / "configs" / "inference.json"))
        parser.update({**self.for_inference(), "bundle_root": str(self.root.absolute())})
        return Path(parser.get_parsed_content("weights"))


def is_finished(folder: Path) -> bool:
    """Whether every mask of the fold is there: the table is written last."""
    return (folder / RESULTS / "predictions.csv").is_file()


def train_fold(recipe: Recipe, folder: Path, sections: Mapping[str, Sequence[Item]]) -> None:
    """Learn from ``training`` and ``validation``, as far as that is not done yet.

    Raises:
        InvalidInputError: when one of them has no item with a mask.
    """
    if (folder / WEIGHTS).is_file():
        return
    learnt = {name: [item for item in sections[name] if "mask" in item] for name in ("training", "validation")}
    for name, items in learnt.items():
        if not items:
            expected = "lesion masks to learn from, or folds 0"
            raise InvalidInputError.about(folder.name, "mask", f"is missing from every {name} item", expected=expected)
    everything = {**learnt, "test": sections["test"]}
    write_dataset_json(folder / "dataset.json", everything, description={"name": folder.name})
    best = run_training(recipe.root, folder, folder / "training", device=recipe.device, overrides=recipe.overrides)
    take_weights(folder, best)


def take_weights(folder: Path, weights: Path) -> None:
    """Note which weights the fold is predicted with."""
    file = Path(os.path.relpath(weights, folder)).as_posix()
    write_json(folder / WEIGHTS, {"file": file, "sha256": sha256_of(weights)})


def outline_fold(recipe: Recipe, folder: Path, items: Sequence[Item]) -> None:
    """Predict the fold's own images with its weights, which must be those that were noted."""
    weights = read_json(folder / WEIGHTS)
    own = {"weights": str((folder / weights["file"]).resolve()), "weights_sha256": weights["sha256"]}
    segment(
        [{"image": item["image"], "image_id": item["image_id"]} for item in items],
        folder / RESULTS,
        bundle_root=recipe.root,
        device=recipe.device,
        overrides={**recipe.for_inference(), **own},
        progress=recipe.progress,
        overwrite=True,
    )


def rows_of(folder: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Rows of the fold's masks, each with the digest of the weights and the path of the file, and of its rejects."""
    digest = read_json(folder / WEIGHTS)["sha256"]
    rows = read_table(folder / RESULTS / "predictions.csv")
    rejects = folder / RESULTS / "rejected.csv"
    rejected = read_table(rejects) if rejects.is_file() else []
    return [{**row, "weights_sha256": digest, "file": str(folder / RESULTS / row["mask"])} for row in rows], rejected
