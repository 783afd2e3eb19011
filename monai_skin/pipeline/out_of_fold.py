# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks for every image of a data set, each from a network that did not learn from its lesion."""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monai_skin.data import Item, fold_sections, load_sections, make_folds
from monai_skin.errors import IntegrityError, UsageError
from monai_skin.io import atomic_write, read_json, sha256_of, write_json, write_table
from monai_skin.io.files import read_bytes
from monai_skin.pipeline.bundle_check import check_bundle
from monai_skin.pipeline.mask_fold import Recipe, is_finished, outline_fold, rows_of, take_weights, train_fold

__all__ = ["PredictedMasks", "predict_masks"]

MASK_COLUMNS = ("image_id", "fold", "out_of_fold", "mask_ok", "lesion_fraction", "mask", "weights_sha256")
REJECTED_COLUMNS = ("image_id", "file", "reason")
SETTINGS = "folds.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PredictedMasks:
    """What there is under ``folder``: the rows of ``masks.csv`` and of ``rejected.csv``, ordered by image id."""

    folder: Path
    rows: tuple[dict[str, str], ...]
    rejected: tuple[dict[str, str], ...]


def predict_masks(
    dataset_dir: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    bundle_root: str | os.PathLike[str],
    folds: int = 5,
    seed: int = 0,
    device: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: bool = True,
    report: Callable[[str], None] = _log.info,
) -> PredictedMasks:
    """Train a segmentation bundle once per fold, and outline the lesions of the fold that was held out.

    A classifier that learns from masks drawn by hand meets other masks in use. These err as those will: a network drew
    them on lesions it had not seen.

    Under ``out``: ``masks/<image_id>.png``, as :func:`monai_skin.data.attach_masks` takes them; ``masks.csv``, with the
    fold and the digest of the weights behind each; ``rejected.csv`` if a picture could not be used; and a folder per
    fold. A fold that is finished is kept when the call is repeated, and a training that was stopped goes on.

    Args:
        dataset_dir: folder of the data set; items without a mask are predicted, and not learnt from.
        out: output folder.
        bundle_root: root of a segmentation bundle with ``train.json`` and ``inference.json``. Where it has a
            ``train_from_scratch.json`` and ``overrides`` name no weights to start from, that lies over the first.
        folds: how many, by lesion and patient; 0 trains nothing, takes the weights the bundle came with, and says in
            ``masks.csv`` that they may have seen the lesion.
        seed: of the folds.
        device: such as ``"cpu"`` or ``"cuda:0"``; the bundle decides if absent.
        overrides: entries of ``train.json`` by id, such as ``{"max_epochs": 20}``; those that ``inference.json`` has
            as well hold for it too. They are evaluated like the bundle itself, so never pass text from outside.
        progress: show a bar while pictures are outlined.
        report: takes a line of text after every fold.

    Raises:
        UsageError: ``out`` holds folds with other settings, or a number or a name is unknown.
        InvalidInputError: the data set or the bundle is unusable, or there are no masks to learn from.
        IntegrityError: two items share an image id.
        UnsafeArtefactError: the bundle could run code of its own.
    """
    folder, recipe = Path(out).absolute(), Recipe(Path(bundle_root).absolute(), device, dict(overrides or {}), progress)
    check_bundle(recipe.root).raise_if_refused()
    items = [item for section in load_sections(Path(dataset_dir)).values() for item in section]
    _refuse_repeated(items)
    parts = make_folds(items, folds, seed=seed) if folds else [items]
    shipped = None if folds else recipe.shipped_weights()
    _keep_settings(folder, {"folds": folds, "seed": seed, **_settings(recipe, parts, shipped)})
    rows: list[dict[str, str]] = []
    rejected: list[dict[str, str]] = []
    for number, part in enumerate(parts, start=1):
        place = folder / (f"fold_{number}" if folds else "shipped")
        kept = is_finished(place)
        if not kept:
            if shipped is None:
                train_fold(recipe, place, fold_sections(parts, number - 1, seed=seed))
            else:
                take_weights(place, shipped)
            outline_fold(recipe, place, part)
            gc.collect()  # engines and handlers refer to each other, and hold a cached data set
        found, refused = rows_of(place)
        _copy_masks(found, folder)
        whence = {"fold": str(number), "out_of_fold": "true"} if folds else {"fold": "", "out_of_fold": "false"}
        rows += [{**row, **whence} for row in found]
        rejected += refused
        doubtful = sum(row["mask_ok"] != "true" for row in found)
        name = f"fold {number} of {folds}" if folds else "weights of the bundle"
        report(f"{name}: {len(found)} masks, {doubtful} of them doubtful{', kept' if kept else ''}")
    return _write_tables(folder, rows, rejected)


def _refuse_repeated(items: Sequence[Item]) -> None:
    seen: set[str] = set()
    for item in items:
        name = str(item["image_id"]).casefold()
        if name in seen:  # their masks would be one file
            raise IntegrityError.about(item["image_id"], "image_id", "stands twice in the data set", expected="once")
        seen.add(name)


def _settings(recipe: Recipe, parts: Sequence[Sequence[Item]], shipped: Path | None) -> dict[str, Any]:
    """What decides on the masks, in a form that JSON gives back as it was."""
    ids = json.dumps([[item["image_id"] for item in part] for part in parts])
    version = read_json(recipe.root / "configs" / "metadata.json")["version"]
    return {
        "images": sum(len(part) for part in parts),
        "split_sha256": hashlib.sha256(ids.encode()).hexdigest(),
        "bundle": f"{recipe.root.name} {version}",
        "overrides": json.loads(json.dumps(recipe.overrides, default=str)),
        "weights_sha256": None if shipped is None else sha256_of(shipped),
    }


def _keep_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write what the folds are made with; refuse a folder whose folds were made with something else."""
    path = folder / SETTINGS
    found = read_json(path) if path.is_file() else settings
    for field, value in settings.items():
        if found.get(field) != value:
            problem = f"is {found.get(field)!r} for the masks that are there, and {value!r} now"
            raise UsageError.about(folder.name, field, problem, expected="the same, or another output folder")
    write_json(path, settings)


def _copy_masks(rows: Sequence[Mapping[str, str]], folder: Path) -> None:
    for row in rows:
        if not (folder / row["mask"]).is_file():
            atomic_write(folder / row["mask"], read_bytes(row["file"]))


def _write_tables(folder: Path, rows: list[dict[str, str]], rejected: list[dict[str, str]]) -> PredictedMasks:
    rows = [{name: row[name] for name in MASK_COLUMNS} for row in sorted(rows, key=lambda row: row["image_id"])]
    rejected = sorted(rejected, key=lambda row: row["image_id"])
    write_table(folder / "masks.csv", rows, MASK_COLUMNS)
    if rejected:
        write_table(folder / "rejected.csv", rejected, REJECTED_COLUMNS)
    return PredictedMasks(folder, tuple(rows), tuple(rejected))
