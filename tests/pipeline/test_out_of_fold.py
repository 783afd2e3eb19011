# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks of a network that did not see the lesion."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from monai_skin.data import load_datalist, load_sections, read_dataset, write_dataset_json, write_phantoms
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.io import image_size, read_mask, read_table, sha256_of
from monai_skin.pipeline import PredictedMasks, predict_masks
from tests.small_bundle import WEIGHTS, make_bundle

SMALL = {"image_size": [32, 32], "max_shift": [3, 3], "batch_size": 2, "max_epochs": 1, "cache_rate": 0.0}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundles") / "small")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Ten phantoms, of which two pairs show one lesion."""
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 10, size=(40, 48))
    items = read_dataset(folder)
    for one, other in ((0, 5), (3, 8)):
        items[other]["lesion_id"] = items[one]["lesion_id"]
    write_dataset_json(folder / "dataset.json", {"training": items[:7], "test": items[7:]})
    return folder


def run(dataset: Path, out: Path, bundle: Path, **words: object) -> PredictedMasks:
    given = {"folds": 2, "device": "cpu", "progress": False, "overrides": SMALL}
    return predict_masks(dataset, out, bundle_root=bundle, **{**given, **words})


@pytest.fixture(scope="module")
def done(dataset, bundle, tmp_path_factory):
    return run(dataset, tmp_path_factory.mktemp("out") / "masks of two folds", bundle)


def test_every_image_gets_a_mask_of_its_own_size_where_training_looks_for_it(done, dataset):
    items = load_datalist(dataset, "all")
    assert [row["image_id"] for row in done.rows] == sorted(item["image_id"] for item in items)
    for item in load_datalist(dataset, "all", masks_dir=str(done.folder / "masks")):
        assert read_mask(item["mask"]).shape == image_size(item["image"])
    assert tuple(read_table(done.folder / "masks.csv")) == done.rows
    for row in done.rows:
        fraction = read_mask(done.folder / row["mask"]).mean()
        assert float(row["lesion_fraction"]) == pytest.approx(fraction, abs=1e-6)
        assert row["mask_ok"] in {"true", "false"}
    assert done.rejected == ()


def test_no_mask_is_from_a_network_that_saw_the_lesion(done, dataset):
    lesion = {item["image_id"]: item["lesion_id"] for item in load_datalist(dataset, "all")}
    assert {row["fold"] for row in done.rows} == {"1", "2"}
    for fold in ("1", "2"):
        folder = done.folder / f"fold_{fold}"
        predicted = {row["image_id"] for row in done.rows if row["fold"] == fold}
        sections = load_sections(folder)
        seen = {lesion[item["image_id"]] for name in ("training", "validation") for item in sections[name]}
        assert not seen & {lesion[name] for name in predicted}
        weights = folder / "training" / "checkpoints" / "model.pt"
        assert {(row["weights_sha256"], row["out_of_fold"]) for row in done.rows if row["fold"] == fold} == {
            (sha256_of(weights), "true")
        }
        table = read_table(folder / "predictions" / "predictions.csv")
        assert {row["image_id"] for row in table} == predicted
    assert len({row["weights_sha256"] for row in done.rows}) == 2


def test_a_finished_fold_is_kept_and_a_lost_one_made_again(done, dataset, bundle, tmp_path):
    out = shutil.copytree(done.folder, tmp_path / done.folder.name)
    untouched = out / "fold_1" / "training" / "checkpoints" / "checkpoint.pt"
    before = untouched.stat().st_mtime_ns
    shutil.rmtree(out / "fold_2")
    shutil.rmtree(out / "masks")
    lines: list[str] = []
    again = run(dataset, out, bundle, report=lines.append)
    assert untouched.stat().st_mtime_ns == before
    assert again.rows == done.rows, "the same seed trains the same network"
    assert len(list((out / "masks").iterdir())) == 10
    assert [line.split(":")[0] for line in lines] == ["fold 1 of 2", "fold 2 of 2"]
    assert lines[0].endswith(", kept")
    assert not lines[1].endswith(", kept")


def test_a_fold_that_was_trained_is_not_trained_again(done, dataset, bundle, tmp_path):
    out = shutil.copytree(done.folder, tmp_path / done.folder.name)
    shutil.rmtree(out / "fold_2" / "predictions")
    (out / "fold_2" / "training" / "checkpoints" / "checkpoint.pt").unlink()
    assert run(dataset, out, bundle).rows == done.rows
    assert not (out / "fold_2" / "training" / "checkpoints" / "checkpoint.pt").exists()


def test_a_training_that_was_stopped_goes_on_from_its_checkpoint(done, dataset, bundle, tmp_path):
    out = shutil.copytree(done.folder, tmp_path / done.folder.name)
    shutil.rmtree(out / "fold_2" / "predictions")
    (out / "fold_2" / "weights.json").unlink()
    checkpoint = out / "fold_2" / "training" / "checkpoints" / "checkpoint.pt"
    before = checkpoint.stat().st_mtime_ns
    assert run(dataset, out, bundle).rows == done.rows
    assert checkpoint.stat().st_mtime_ns == before, "its only epoch was over"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"folds": 3}, "two folds: folds is 2 for the masks that are there, and 3 now; expected the same, or another"),
        ({"seed": 1}, "two folds: seed is 0 for the masks that are there, and 1 now"),
        ({"overrides": {**SMALL, "max_epochs": 2}}, "two folds: overrides is .*'max_epochs': 1.*'max_epochs': 2"),
    ],
)
def test_folds_of_other_settings_are_not_mixed(done, dataset, bundle, words, problem):
    with pytest.raises(UsageError, match=problem):
        run(dataset, done.folder, bundle, **words)


def test_without_folds_the_weights_of_the_bundle_are_used_and_the_table_says_so(dataset, bundle, tmp_path):
    whole = run(dataset, tmp_path / "out", bundle, folds=0, overrides={})
    assert len(whole.rows) == 10
    assert {(row["fold"], row["out_of_fold"]) for row in whole.rows} == {("", "false")}
    assert {row["weights_sha256"] for row in whole.rows} == {sha256_of(bundle / WEIGHTS)}


def test_a_picture_that_cannot_be_read_is_listed_and_stops_none_of_the_others(dataset, bundle, tmp_path):
    folder = shutil.copytree(dataset, tmp_path / "phantoms")
    (folder / "images" / "PHANTOM_0000004.jpg").write_bytes(b"no picture")
    done = run(folder, tmp_path / "out", bundle, folds=0, overrides={})
    assert [row["image_id"] for row in done.rejected] == ["PHANTOM_0000004"]
    assert len(done.rows) == 9
    assert tuple(read_table(tmp_path / "out" / "rejected.csv")) == done.rejected


def test_items_without_a_mask_are_predicted_and_not_learnt_from(dataset, bundle, tmp_path):
    folder = shutil.copytree(dataset, tmp_path / "phantoms")
    sections = load_sections(folder)
    without = {item["image_id"] for item in sections["test"]}
    for item in sections["test"]:
        del item["mask"]
    write_dataset_json(folder / "dataset.json", sections)
    done = run(folder, tmp_path / "out", bundle)
    assert without < {row["image_id"] for row in done.rows}
    learnt = load_sections(tmp_path / "out" / "fold_1")
    assert not without & {item["image_id"] for name in ("training", "validation") for item in learnt[name]}


def test_a_data_set_without_masks_is_told_what_it_lacks(dataset, bundle, tmp_path):
    folder = shutil.copytree(dataset, tmp_path / "phantoms")
    content = json.loads((folder / "dataset.json").read_text())
    for item in [*content["training"], *content["test"]]:
        item.pop("mask", None)
    (folder / "dataset.json").write_text(json.dumps(content))
    with pytest.raises(
        InvalidInputError, match="fold_1: mask is missing from every training item; expected lesion masks"
    ):
        run(folder, tmp_path / "out", bundle)


def test_two_items_of_one_id_are_refused_before_anything_is_trained(dataset, bundle, tmp_path):
    folder = shutil.copytree(dataset, tmp_path / "phantoms")
    content = json.loads((folder / "dataset.json").read_text())
    content["test"].append(content["training"][0])
    (folder / "dataset.json").write_text(json.dumps(content))
    with pytest.raises(IntegrityError, match="PHANTOM_0000000: image_id stands twice in the data set"):
        run(folder, tmp_path / "out", bundle)
    assert not (tmp_path / "out").exists()


def test_an_entry_that_the_bundle_does_not_have_is_told(dataset, bundle, tmp_path):
    with pytest.raises(UsageError, match="train.json: epochs is not an entry of the bundle"):
        run(dataset, tmp_path / "out", bundle, overrides={**SMALL, "epochs": 1})


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (
            {"batch_size": 16},
            "fold_1: training has fewer images than a batch of 16; expected more images, or a smaller",
        ),
        ({"val_interval": 2}, "fold_1: weights are missing after the training; expected an epoch with a validation"),
    ],
)
def test_a_training_that_learns_or_keeps_nothing_is_told(dataset, bundle, tmp_path, words, problem):
    with pytest.raises(InvalidInputError, match=problem):
        run(dataset, tmp_path / "out", bundle, overrides={**SMALL, **words})
