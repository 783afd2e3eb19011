# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Train the segmentation bundle on approved outlines, and keep what comes out as a new version."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monai_skin.data import write_dataset_json
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.label.check_mask import check_mask
from monai_skin.label.outliner import shipped_weights
from monai_skin.label.picture_file import picture_file
from monai_skin.label.versions import WeightVersions
from monai_skin.pipeline import check_bundle
from monai_skin.pipeline.run_training import run_training

if sys.platform != "win32":
    import fcntl

__all__ = ["TrainingPlan", "train_version"]

_EVERY = 5  # one picture of so many validates
_LOCK = ".training"


@dataclass(frozen=True)
class TrainingPlan:
    """What to learn from, and how long.

    Args:
        root: of the segmentation bundle.
        models: folder of the weight versions.
        items: each with ``image``, its approved mask under ``label``, and ``image_id``.
        epochs: how often each picture is seen.
        device: the bundle decides if None.
        overrides: entries of ``train.json`` by id, such as ``image_size``.
    """

    root: Path
    models: Path
    items: Sequence[Mapping[str, Any]]
    epochs: int = 5
    device: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)


def train_version(plan: TrainingPlan) -> dict[str, Any]:
    """Go on from the active weights, and let the best epoch answer from now on.

    A training that is killed leaves every version as it was.

    Returns:
        ``version``, ``images`` learnt from and ``validation_images``.

    Raises:
        UsageError: another training of these models is running, or the epochs make no sense.
        InvalidInputError: fewer than two approved outlines, or one that is no mask of its picture.
        TrainingDivergedError: the loss is no longer a number.
    """
    if plan.epochs < 1:
        raise UsageError.about("training", "epochs", f"are {plan.epochs}", expected="1 or more")
    if len(plan.items) < 2:
        expected = "2 or more, one of which validates"
        raise InvalidInputError.about("training", "approved outlines", f"are {len(plan.items)}", expected=expected)
    check_bundle(plan.root).raise_if_refused()
    listed = [
        {"image": str(picture_file(item["image"])), "mask": str(item["label"]), "image_id": str(item["image_id"])}
        for item in plan.items
    ]
    for item in listed:
        check_mask(item["mask"], item["image"], name=item["image_id"])
    with _alone(plan.models):
        return _train(plan, listed, WeightVersions(plan.models))


def _train(plan: TrainingPlan, items: Sequence[Mapping[str, str]], versions: WeightVersions) -> dict[str, Any]:
    learnt, validating = _shared_out(items)
    number = max(1, min(int(plan.overrides.get("batch_size", 4)), len(learnt)))
    start = versions.weights()
    own = start[0] if start is not None else shipped_weights(plan.root)
    overrides = {
        "num_workers": 0,
        "learning_rate": 1e-4,
        "initial_weights": str(own.absolute()),
        **plan.overrides,
        "batch_size": number,
        "max_epochs": plan.epochs,
    }
    with tempfile.TemporaryDirectory(prefix=".training-", dir=plan.models) as folder:
        place = Path(folder)
        sections = {"training": learnt, "validation": validating}
        write_dataset_json(place / "dataset.json", sections, description={"name": "approved outlines"})
        best = run_training(plan.root, place, place / "out", device=plan.device, overrides=overrides)
        about = {"images": len(learnt), "validation_images": len(validating), "epochs": plan.epochs}
        version = versions.add(best, about)
    return {"version": version, **about}


def _shared_out(items: Sequence[Mapping[str, str]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """By id, so that a picture that validated once does not teach the next time while none is added before it."""
    listed = [dict(item) for item in sorted(items, key=lambda item: item["image_id"])]
    validating = listed[:: max(2, min(_EVERY, len(listed)))]
    return [item for item in listed if item not in validating], validating


@contextlib.contextmanager
def _alone(models: Path) -> Iterator[None]:
    """Hold the models for one training; the lock ends with the process, however it ends."""
    models.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(models / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform != "win32":
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                expected = "one training at a time"
                raise UsageError.about("training", "models", "are being trained already", expected=expected) from error
        yield
    finally:
        os.close(descriptor)
