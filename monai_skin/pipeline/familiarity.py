# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fit what tells pictures unlike those a bundle was trained on, and check the file before it is used."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from monai.bundle import ConfigParser

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.handlers import CollectFeatures
from monai_skin.handlers.flag_unfamiliar import check_weights_of
from monai_skin.io import read_json, sha256_of
from monai_skin.labels import UNKNOWN
from monai_skin.metrics import Familiarity, fit_class_gaussians, mahalanobis_distance, read_familiarity
from monai_skin.pipeline.bundle_check import check_bundle
from monai_skin.pipeline.checks.files import LOAD_WEIGHTS
from monai_skin.pipeline.run_inference import Job, as_config_text, run_inference

__all__ = ["fit_familiarity"]

NONE = "none"
CONFIG = "inference.json"


@dataclass(frozen=True, kw_only=True)
class _Run:
    """How the bundle is run on pictures."""

    root: Path
    layer: str | None
    device: str | None
    batch_size: int | None
    progress: bool


def fit_familiarity(
    training: Sequence[Mapping[str, Any]],
    validation: Sequence[Mapping[str, Any]],
    *,
    bundle_root: str | os.PathLike[str],
    fitted_on: str,
    layer: str | None = None,
    share: float = 0.05,
    device: str | None = None,
    batch_size: int | None = None,
    progress: bool = True,
) -> Familiarity:
    """Run a diagnosis bundle on pictures it was trained on and on others like them, and keep where their features lie.

    Args:
        training: items with ``dx`` of the training section, as ``monai_skin.data.load_datalist`` gives them; a few
            times as many as there are features.
        validation: items of the validation section, from which the threshold comes.
        bundle_root: root of the bundle.
        fitted_on: what to call the data set.
        layer: the part of the network whose output are the features; None takes
            :func:`monai_skin.handlers.features_layer`.
        share: of the validation pictures that are to lie beyond the threshold.
        device: as for :func:`monai_skin.pipeline.segment`, like all that follows.
        batch_size: pictures at a time.
        progress: show a bar on a terminal.

    Raises:
        UsageError: ``share`` is not between 0 and 1, or there are no items.
        InvalidInputError: the network has no such part, or a picture cannot be used.
        UnsafeArtefactError, StorageError: as :func:`monai_skin.pipeline.segment`.
    """
    if not 0 < share < 1:
        raise UsageError(f"share is {share:g}; expected a number between 0 and 1")
    run = _Run(root=Path(bundle_root), layer=layer, device=device, batch_size=batch_size, progress=progress)
    found = _collect(training, run)
    diagnoses = {str(item["image_id"]): str(item["dx"]) for item in training}
    truth = [diagnoses[row["image_id"]] for row in found.rows]
    classes = sorted(set(truth))
    gaussians = fit_class_gaussians(found.features, np.array([classes.index(dx) for dx in truth]))
    others = _collect(validation, run)
    return Familiarity(
        gaussians=gaussians,
        threshold=float(np.quantile(mahalanobis_distance(others.features, gaussians), 1 - share)),
        layer=found.layer,
        weights_sha256=sha256_of(found.weights),
        classes=tuple(classes),
        fitted_on=fitted_on,
        training_images=len(found.rows),
        validation_images=len(others.rows),
        share=share,
    )


def familiarity_entry(given: str | os.PathLike[str] | None, root: Path, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The config entry that a file given by hand replaces; either file is refused here if it is of other weights.

    Raises:
        UsageError: the bundle has no such entry.
        InvalidInputError: the file cannot be used.
        IntegrityError: it was fitted for other weights.
    """
    parser = ConfigParser()
    parser.read_config(str(root / "configs" / CONFIG))
    parser.update({"bundle_root": str(root), **overrides})
    if "familiarity" not in parser:
        if given is None:
            return {}
        expected = "a bundle that can tell what is unlike its training pictures"
        raise UsageError.about(CONFIG, "familiarity", "is not an entry of the bundle", expected=expected)
    if given is not None and str(given) == NONE:
        return {"familiarity": None}
    file = parser.get_parsed_content("familiarity") if given is None else Path(given)
    if not file:
        return {}
    check_weights_of(read_familiarity(file), parser.get_parsed_content("weights"), Path(file).name)
    return {} if given is None else {"familiarity": as_config_text(Path(given).absolute())}


def _collect(items: Sequence[Mapping[str, Any]], run: _Run) -> CollectFeatures:
    check_bundle(run.root).raise_if_refused()
    if run.layer is not None and not re.fullmatch(r"\w+(\.\w+)*", run.layer):
        raise UsageError.about("familiarity", "layer", f"is {run.layer!r}", expected="a name such as encoder.blocks.3")
    loading = [
        one for one in read_json(run.root / "configs" / CONFIG)["handlers"] if one.get("_target_") == LOAD_WEIGHTS
    ]
    if not loading:
        raise InvalidInputError.about(CONFIG, "handlers", "load no weights", expected=f"{LOAD_WEIGHTS} among them")
    collecting = {
        "_target_": "monai_skin.handlers.CollectFeatures",
        "network": loading[0]["network"],
        "weights": loading[0]["path"],
        "layer": run.layer,
    }
    with tempfile.TemporaryDirectory() as nowhere:  # a run needs a folder, and this one leaves nothing in it
        job = Job(
            items=[{"age": None, "sex": UNKNOWN, "site": UNKNOWN, **item} for item in items],
            out=Path(nowhere),
            root=run.root,
            writer=CollectFeatures,
            overrides={"handlers": [loading[0], collecting]},
            device=run.device,
            batch_size=run.batch_size,
            progress=run.progress,
        )
        found = run_inference(job)
    if not isinstance(found, CollectFeatures) or not found.rows:
        raise InvalidInputError.about("familiarity", "pictures", "cannot be read", expected="one or more that can")
    return found
