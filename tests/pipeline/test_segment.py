# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures in, results out."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
import torch

from monai_skin.data import list_images
from monai_skin.errors import (
    IntegrityError,
    InvalidInputError,
    StorageError,
    UnsafeArtefactError,
    UsageError,
)
from monai_skin.io import image_size, read_mask
from monai_skin.pipeline import SegmentationRun, segment
from tests.small_bundle import WEIGHTS, edit, make_bundle, make_pictures


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundles") / "small")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("pictures"))


def run(pictures: list[Path], out: Path, bundle: Path, **options: object) -> SegmentationRun:
    return segment(list_images(pictures), out, bundle_root=bundle, device="cpu", progress=False, **options)


def masks_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "masks").iterdir())}


def test_every_picture_gets_a_mask_of_its_own_size(bundle, pictures, tmp_path):
    done = run(pictures, tmp_path / "out", bundle)
    assert done.folder == tmp_path / "out"
    assert done.rejected == ()
    assert [row["image_id"] for row in done.rows] == [item["image_id"] for item in list_images(pictures)]
    for picture, row in zip(pictures, done.rows, strict=True):
        assert read_mask(done.folder / row["mask"]).shape == image_size(picture)
    with (done.folder / "predictions.csv").open(newline="") as stream:
        assert tuple(csv.DictReader(stream)) == done.rows
    assert "Research use only" in (done.folder / "report.html").read_text()


def test_f5_the_batch_size_changes_nothing(bundle, pictures, tmp_path):
    run(pictures, tmp_path / "one", bundle, batch_size=1)
    run(pictures, tmp_path / "many", bundle, batch_size=8)
    assert masks_of(tmp_path / "one") == masks_of(tmp_path / "many")


def test_f3_bad_pictures_are_set_aside(bundle, pictures, tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "cut.png").write_bytes(pictures[0].read_bytes()[:-400])
    done = run([pictures[0], tmp_path / "empty.png", tmp_path / "cut.png", pictures[1]], tmp_path / "out", bundle)
    assert [row["file"] for row in done.rows] == [pictures[0].name, pictures[1].name]
    assert [row["image_id"] for row in done.rejected] == ["empty", "cut"]
    assert (tmp_path / "out" / "rejected.csv").is_file()


def test_f1_two_files_of_one_name_give_two_results(bundle, pictures, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(pictures[0], tmp_path / folder / "img.png")
    done = run([tmp_path / "a", tmp_path / "b"], tmp_path / "out", bundle)
    assert len({row["image_id"] for row in done.rows}) == len(masks_of(tmp_path / "out")) == 2


def test_f2_earlier_results_are_kept_unless_asked(bundle, pictures, tmp_path):
    run(pictures[:1], tmp_path / "out", bundle)
    with pytest.raises(UsageError, match="out: output folder holds masks already"):
        run(pictures[:1], tmp_path / "out", bundle)
    assert len(run(pictures[:2], tmp_path / "out", bundle, overwrite=True).rows) == 2


def test_c7_a_file_name_that_looks_like_an_expression_is_only_a_name(bundle, pictures, tmp_path):
    canary = tmp_path / "canary"
    names = [f"$open('{canary.name}', 'w').png", "@network.png", "%x.json.png"]
    for name in names:
        shutil.copy(pictures[0], tmp_path / name)
    paths = [str(tmp_path / name) for name in names]
    items = [{"image": path, "file": path, "image_id": Path(path).stem} for path in paths]
    done = segment(items, tmp_path / "out", bundle_root=bundle, device="cpu", progress=False)
    assert [row["file"] for row in done.rows] == names
    assert not canary.exists()
    assert not Path(canary.name).exists()


@pytest.mark.parametrize("name", ["ä b", "quote's", "@x", "%y", "$z", "100 %"])
def test_c12_folders_may_have_any_name_that_monai_can_take(bundle, pictures, tmp_path, monkeypatch, name):
    root = shutil.copytree(bundle, tmp_path / name / "bundle")
    monkeypatch.chdir(tmp_path)
    done = run(pictures[:1], Path(name) / "out", root.relative_to(tmp_path))
    assert done.folder == tmp_path / name / "out"
    assert masks_of(done.folder)


def test_a_folder_name_that_monai_would_change_is_refused(bundle, pictures, tmp_path):
    with pytest.raises(UsageError, match="a#b: folder has # or :: in its path"):
        run(pictures, tmp_path / "a#b", bundle)


def test_c5_without_weights_nothing_is_predicted(bundle, pictures, tmp_path):
    root = shutil.copytree(bundle, tmp_path / "bundle")
    (root / WEIGHTS).unlink()
    with pytest.raises(InvalidInputError, match=r"model\.safetensors, which is missing"):
        run(pictures, tmp_path / "out", root)
    assert not (tmp_path / "out").exists()


def test_c2_weights_with_another_digest_are_refused(bundle, pictures, tmp_path):
    root = shutil.copytree(bundle, tmp_path / "bundle")
    edit(root / "configs" / "inference.json", weights_sha256="0" * 64)
    with pytest.raises((InvalidInputError, IntegrityError), match="SHA-256"):
        run(pictures, tmp_path / "out", root)


def test_c6_an_unsafe_bundle_runs_nothing(bundle, pictures, tmp_path):
    root = shutil.copytree(bundle, tmp_path / "bundle")
    evil = {"_target_": "subprocess.getoutput", "cmd": f"touch {tmp_path / 'canary'}"}
    edit(root / "configs" / "inference.json", inferer=evil)
    with pytest.raises(UnsafeArtefactError, match=r"_target_ is 'subprocess\.getoutput'"):
        run(pictures, tmp_path / "out", root)
    assert not (tmp_path / "canary").exists()


def test_a_bundle_that_draws_no_masks_is_refused_before_it_runs(bundle, pictures, tmp_path):
    root = shutil.copytree(bundle, tmp_path / "bundle")
    handlers = json.loads((root / "configs" / "inference.json").read_text())["handlers"]
    others = [one for one in handlers if not one["_target_"].endswith("WriteLesionMasks")]
    edit(root / "configs" / "inference.json", handlers=others)
    with pytest.raises(InvalidInputError, match=r"inference\.json: handlers lack WriteLesionMasks; expected it among"):
        run(pictures, tmp_path / "out", root)
    assert not (tmp_path / "out").exists()


def test_an_error_inside_the_run_keeps_its_type(bundle, pictures, tmp_path):
    items = list_images(pictures[:1])
    with pytest.raises(IntegrityError, match="image_id stands twice"):
        segment([*items, *items], tmp_path / "out", bundle_root=bundle, device="cpu", progress=False)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"device": "abacus"}, "device: abacus is unknown"),
        ({"device": "cuda:0"}, "is not available here"),
        ({"overrides": {"btach": 1}}, "btach is not an entry of the bundle"),
    ],
)
def test_wrong_options_are_told(bundle, pictures, tmp_path, options, problem, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match=problem):
        segment(list_images(pictures), tmp_path / "out", bundle_root=bundle, progress=False, **options)


def test_nothing_to_do_is_told(bundle, tmp_path):
    with pytest.raises(UsageError, match="items is empty"):
        segment([], tmp_path / "out", bundle_root=bundle)


class Greedy(torch.nn.Module):
    """Runs out of memory when more than ``limit`` pictures come at a time."""

    def __init__(self, limit: int, words: str) -> None:
        super().__init__()
        self.limit, self.words = limit, words

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        if len(image) > self.limit:
            raise RuntimeError(self.words)
        return image.mean(dim=1, keepdim=True)


def without_weights(bundle: Path, folder: Path) -> Path:
    """The same bundle, but the test gives the network."""
    root = shutil.copytree(bundle, folder)
    (root / "configs" / "evaluate.json").unlink()  # it lies over the entries that are taken out here
    file = root / "configs" / "inference.json"
    content = json.loads(file.read_text())
    del content["weights"], content["weights_sha256"], content["handlers"][0]
    content["handlers"][1].pop("weights", None)
    file.write_text(json.dumps(content))
    return root


WORDS = (
    "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate"
)


def test_f7_too_little_memory_is_met_once_with_single_pictures(bundle, pictures, tmp_path):
    root = without_weights(bundle, tmp_path / "bundle")
    done = run(pictures, tmp_path / "out", root, overrides={"network": Greedy(1, WORDS)})
    assert len(done.rows) == len(pictures)


def test_f7_too_little_memory_for_one_picture_is_a_storage_error(bundle, pictures, tmp_path):
    root = without_weights(bundle, tmp_path / "bundle")
    with pytest.raises(StorageError, match="memory: is too small for one picture at a time"):
        run(pictures, tmp_path / "out", root, overrides={"network": Greedy(0, WORDS)})


def test_another_failure_is_not_taken_for_missing_memory(bundle, pictures, tmp_path):
    root = without_weights(bundle, tmp_path / "bundle")
    with pytest.raises(RuntimeError) as caught:
        run(pictures, tmp_path / "out", root, overrides={"network": Greedy(0, "shapes differ")})
    assert not isinstance(caught.value, StorageError)
