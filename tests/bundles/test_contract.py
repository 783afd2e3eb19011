# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What every bundle in ``bundles/`` promises, whatever it does."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from monai.bundle import ConfigParser, ConfigWorkflow
from monai.utils import ensure_tuple

from monai_skin.data import list_images
from monai_skin.pipeline import check_bundle, segment
from monai_skin.pipeline.checks.files import canonical_logging
from tests.small_bundle import BUNDLES, make_bundle, make_pictures

ROOTS = sorted(path.parent.parent for path in BUNDLES.glob("*/configs/metadata.json"))
every_bundle = pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)

SHARED_KEYS = {"bundle_root", "dataset_dir", "output_dir", "device", "network_def", "network", "run", "amp"}
INFERENCE_KEYS = {"batch_size", "num_workers", "overwrite", "preprocessing", "postprocessing", "inferer", "evaluator"}
# the steps of a picture that must not differ between training and inference, by how their names begin
DETERMINISTIC = (
    "ApplyLesionMask",
    "CopyItems",
    "EncodeClinicalMetadata",
    "Fit",
    "Load",
    "Normalize",
    "ScaleIntensityRange",
)
CONFIGS = {"inference.json", "train.json", "evaluate.json", "multi_gpu_train.json", "metadata.json", "logging.conf"}


def config(root: Path, name: str) -> dict[str, Any]:
    return json.loads((root / "configs" / name).read_text(encoding="utf-8"))


def deterministic_steps(steps: list[Any], inputs: set[str]) -> list[dict[str, Any]]:
    """What the network's inputs go through, without what is drawn at random or concerns a mask to compare with."""
    found = []
    for step in steps:
        name, keys = step["_target_"].rpartition(".")[2], ensure_tuple(step.get("keys", ()))
        kept = [key for key in keys if key in inputs]
        if name.startswith(DETERMINISTIC) and (kept or not keys):
            ways = step.get("interpolation", "area")
            each = [ways] * len(keys) if isinstance(ways, str) else ways
            given = {"keys": kept, "interpolation": [way for key, way in zip(keys, each, strict=True) if key in inputs]}
            found.append({**step, **given})
    return found


def network_inputs(steps: list[Any]) -> set[str]:
    """Keys of the files that inference reads, and of the copies it makes of them."""
    reads = [step["keys"] for step in steps if step["_target_"].rpartition(".")[2].startswith("Load")]
    copies = [step["names"] for step in steps if step["_target_"] == "CopyItemsd"]
    return {key for keys in reads + copies for key in ensure_tuple(keys)}


def flattened(config: dict[str, Any], steps: Any) -> list[Any]:
    """The transforms of a ``Compose``, also where lists of the config are joined."""
    if isinstance(steps, list):
        return steps
    parser = ConfigParser(config)
    return [step for name in steps.removeprefix("$").split(" + ") for step in parser[name.removeprefix("@")]]


def test_there_is_a_bundle():
    assert ROOTS


@every_bundle
def test_c6_c7_c10_the_static_check_finds_nothing(root):
    assert [str(finding) for finding in check_bundle(root).findings] == []


@every_bundle
def test_the_layout_is_that_of_the_model_zoo(root):
    assert CONFIGS <= {path.name for path in (root / "configs").iterdir()}
    assert root.name == root.name.lower()
    assert (root / "configs" / "logging.conf").read_text() == canonical_logging()


@every_bundle
def test_keys_have_the_same_names_in_every_bundle(root):
    train, inference = config(root, "train.json"), config(root, "inference.json")
    assert SHARED_KEYS <= set(train)
    assert SHARED_KEYS | INFERENCE_KEYS <= set(inference)
    assert {"trainer", "dataset", "inferer", "handlers", "preprocessing"} <= set(train["train"])
    assert {"evaluator", "dataset", "preprocessing", "postprocessing", "key_metric"} <= set(train["validate"])
    assert {"batch_size", "max_epochs", "val_interval", "learning_rate", "seed"} <= set(train)


@every_bundle
def test_training_and_inference_have_one_network(root):
    train, inference = config(root, "train.json"), config(root, "inference.json")
    assert train["network_def"] == inference["network_def"]
    assert train["network"] == inference["network"]


@every_bundle
def test_training_and_inference_prepare_a_picture_alike(root):
    train, inference = config(root, "train.json"), config(root, "inference.json")
    inputs = network_inputs(inference["preprocessing"]["transforms"])
    wanted = deterministic_steps(inference["preprocessing"]["transforms"], inputs)
    assert "image" in inputs and len(wanted) >= 3
    for section in ("train", "validate"):
        steps = flattened(train, train[section]["preprocessing"]["transforms"])
        assert deterministic_steps(steps, inputs) == wanted
    values = [value for step in wanted for value in step.values() if isinstance(value, str)]
    referred = {value[1:] for value in values if value.startswith("@")}
    assert "image_size" in referred
    assert {name: train[name] for name in referred} == {name: inference[name] for name in referred}


@every_bundle
def test_monai_finds_every_property_it_asks_for(root, tmp_path):
    for name, kind in (("inference.json", "infer"), ("train.json", "train")):
        workflow = ConfigWorkflow(str(root / "configs" / name), workflow_type=kind, logging_file=False)
        missing = [
            one
            for one, entry in workflow.properties.items()
            if entry["required"] and entry["id"] not in workflow.parser
        ]
        assert missing == []


@every_bundle
def test_the_version_is_in_the_changelog_and_the_use_is_research(root):
    metadata = config(root, "metadata.json")
    assert metadata["version"] in metadata["changelog"]
    assert "research" in metadata["intended_use"].lower()
    assert "monai-skin" in metadata["required_packages_version"]


@every_bundle
def test_c5_weights_are_loaded_whatever_the_settings(root):
    handlers = config(root, "inference.json")["handlers"]
    assert handlers[0]["_target_"] == "monai_skin.handlers.LoadWeights"
    assert "_disabled_" not in handlers[0]


def run_as_typed(root: Path, pictures: Path, out: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """`python -m monai.bundle run`, typed in ``folder``."""
    options = {"bundle_root": root, "dataset_dir": pictures, "output_dir": out, "device": "cpu"}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    environment = {**os.environ, "PYTHONPATH": str(BUNDLES.parent), "MONAI_FAIL_ON_DUPLICATE_CONFIG": "1"}
    command = [sys.executable, "-m", "monai.bundle", "run", "--config_file", str(root / "configs" / "inference.json")]
    return subprocess.run([*command, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def set_writable(root: Path, writable: bool) -> None:
    mode = stat.S_IRWXU if writable else stat.S_IRUSR | stat.S_IXUSR
    for path in (root, *root.rglob("*")):
        path.chmod(mode)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_c12_a_bundle_runs_the_same_from_any_folder_read_only_and_under_any_name(tmp_path):
    pictures = make_pictures(tmp_path / "pictures ü", 2)
    plain = make_bundle(tmp_path / "plain")
    segment(list_images(pictures), tmp_path / "one", bundle_root=plain, device="cpu", progress=False)
    other = shutil.copytree(plain, tmp_path / "ä b" / "bündel")
    before = contents(other)
    (tmp_path / "elsewhere").mkdir()
    set_writable(other, False)
    try:
        done = run_as_typed(other, tmp_path / "pictures ü", tmp_path / "ä b" / "zwei", tmp_path / "elsewhere")
    finally:
        set_writable(other, True)
    assert done.returncode == 0, done.stderr
    one = contents(tmp_path / "one")
    assert one == contents(tmp_path / "ä b" / "zwei")
    assert {name.partition("/")[0] for name in one} == {"masks", "overlays", "predictions.csv", "report.html"}
    assert contents(other) == before
    assert not list((tmp_path / "elsewhere").iterdir())
