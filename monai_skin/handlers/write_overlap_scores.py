# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The scores of every image of an evaluation, and their means with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ignite.engine import Engine, Events

from monai_skin.handlers.run_output import items_of
from monai_skin.io import write_json, write_table
from monai_skin.metrics import OVERLAP_SCORES, bootstrap_mean, boundary_distances, overlap_scores

__all__ = ["WriteOverlapScores"]


class WriteOverlapScores:
    """Write ``scores.csv`` (a row an image) and ``metrics.json`` (means, 95 % intervals by lesion).

    Args:
        folder: where both files go.
        truth: key of the true mask in each finished item; ``pred`` holds the predicted one, both at the file's size.
        seed: of the bootstrap.
    """

    def __init__(self, folder: str, *, truth: str = "mask", seed: int = 0) -> None:
        self.folder, self.truth, self.seed = Path(folder), truth, seed
        self.rows: list[dict[str, Any]] = []

    def attach(self, engine: Engine) -> None:
        """Score after every batch, write at the end."""
        engine.add_event_handler(Events.STARTED, lambda _: self.rows.clear())
        engine.add_event_handler(Events.ITERATION_COMPLETED, self)
        engine.add_event_handler(Events.COMPLETED, self.write)

    def __call__(self, engine: Engine) -> None:
        for item in items_of(engine):
            predicted, truth = (torch.as_tensor(item[key]).as_subclass(torch.Tensor) for key in ("pred", self.truth))
            scores = {name: float(value) for name, value in overlap_scores(predicted[None], truth[None]).items()}
            arrays = [mask[0].bool().cpu().numpy() for mask in (predicted, truth)]
            diagonal = float(np.hypot(*truth.shape[1:]))
            distances = boundary_distances(arrays[0], arrays[1], spacing=100 / diagonal)
            self.rows.append(
                {
                    "image_id": str(item["image_id"]),
                    "lesion_id": str(item.get("lesion_id") or item["image_id"]),
                    **scores,
                    **{f"boundary_{name}_percent_of_diagonal": value for name, value in distances.items()},
                }
            )

    def write(self, engine: Engine) -> None:
        """Write both files; the means also become the engine's metrics."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_table(self.folder / "scores.csv", self.rows, list(self.rows[0]) if self.rows else ["image_id"])
        report = summarise(self.rows, seed=self.seed)
        write_json(self.folder / "metrics.json", report)
        for name in OVERLAP_SCORES if self.rows else ():
            engine.state.metrics[name] = report["scores"][name]["mean"]


def summarise(rows: list[dict[str, Any]], *, seed: int) -> Mapping[str, Any]:
    """Means over images with intervals from resampling lesions; a distance that is not defined is left out, counted."""
    scores = {}
    columns = [name for name in (rows[0] if rows else {}) if name not in ("image_id", "lesion_id")]
    for name in columns:
        defined = [row for row in rows if np.isfinite(row[name])]
        if defined:
            interval = bootstrap_mean([row[name] for row in defined], [row["lesion_id"] for row in defined], seed=seed)
            # no interval can be had from one lesion: null in the file
            ends = {end: None if np.isnan(value) else value for end, value in interval._asdict().items()}
            scores[name] = {**ends, "images": len(defined), "undefined": len(rows) - len(defined)}
    lesions = len({row["lesion_id"] for row in rows})
    return {"images": len(rows), "lesions": lesions, "interval": "95 % percentile, lesions resampled", "scores": scores}
