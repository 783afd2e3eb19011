# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``familiarity``: what fitting writes, what checking prints, and how both end."""

from __future__ import annotations

import json

import pytest

from monai_skin.cli import main
from monai_skin.data import write_phantoms
from monai_skin.io import read_table
from monai_skin.metrics import read_familiarity
from tests.small_bundle import make_bundle, make_diagnosis_bundle, make_pictures


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Phantoms, two bundles and a file fitted for the one that classifies."""
    folder = tmp_path_factory.mktemp("familiarity")
    write_phantoms(folder / "phantoms", 30, seed=0, size=(40, 50))
    make_bundle(folder / "lesion_segmentation")
    make_diagnosis_bundle(folder / "dual_encoder_diagnosis")
    make_pictures(folder / "pictures", 2)
    return folder


def fit(folder, *words, out="f.safetensors"):
    bundle = folder / "dual_encoder_diagnosis"
    words = [folder / "phantoms", "--out", folder / out, "--bundle", bundle, "--device", "cpu", *words]
    return main(["familiarity", "fit", *map(str, words)])


def test_what_is_fitted_marks_pictures(folder, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MONAI_SKIN_BUNDLES", str(folder))
    assert fit(folder, "--training-images", "15", "--share", "0.2") == 0
    shown = capsys.readouterr().out.splitlines()
    found = read_familiarity(folder / "f.safetensors")
    assert found.training_images == 15 and found.fitted_on == "phantoms"
    assert shown[0].startswith("16 features of image_looks.0, 15 training pictures, written to ")
    assert shown[1].startswith(f"a picture is flagged from a distance of {found.threshold:.4g} on; 0.2 of ")
    assert shown[2] == "Research use only. Not for diagnosis."
    words = ["--familiarity", str(folder / "f.safetensors"), "--device", "cpu", "--out", str(tmp_path / "out")]
    assert main(["predict", str(folder / "pictures"), *words, "--views", "4"]) == 0
    rows = read_table(tmp_path / "out" / "predictions.csv")
    assert {row["unfamiliar"] for row in rows} <= {"true", "false"} and "view_spread" in rows[0]
    unlike = sum(row["unfamiliar"] == "true" for row in rows)
    assert ("unlike the training pictures" in capsys.readouterr().out) == bool(unlike)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--training-images", "0"], 2, "--training-images is 0; expected 1 or more"),
        (["--share", "1"], 2, "share is 1; expected a number between 0 and 1"),
        (["--layer", "head.9"], 3, "layer is 'head.9'; expected a part of the network"),
        (["--masks", "nowhere"], 3, "nowhere"),
    ],
)
def test_what_cannot_be_fitted_ends_with_its_code(folder, capsys, words, code, message):
    assert fit(folder, *words, "--quiet", out="g.safetensors") == code
    assert message in capsys.readouterr().err
    assert not (folder / "g.safetensors").exists()


def test_f2_a_file_that_is_there_is_kept(folder, tmp_path, capsys):
    (folder / "h.safetensors").write_text("mine")
    assert fit(folder, out="h.safetensors") == 2
    assert "h.safetensors: file is there; expected a new one, or --overwrite" in capsys.readouterr().err
    assert (folder / "h.safetensors").read_text() == "mine"


@pytest.fixture
def tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [f"f{index},{index / 40},{index % 7}" for index in range(20)]
    (tmp_path / "near.csv").write_text("\n".join(["image_id,entropy,feature_distance", *lines]))
    lines = [f"u{index},{index / 10},{index + 9}" for index in range(5)]
    (tmp_path / "far.csv").write_text("\n".join(["image_id,entropy,feature_distance", *lines]))
    return tmp_path


def test_checking_prints_a_row_a_measure_or_json(tables, capsys):
    assert main(["familiarity", "check", "near.csv", "far.csv", "near.csv", "--resamples", "20"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in lines[2:6]] == ["| far", "| far", "| near", "| near"]
    assert "| feature distance | 1.000 (1.000 to 1.000) | 0.000 (0.000 to 0.000) |" in lines[3]
    assert lines[-1] == "Research use only. Not for diagnosis."
    assert main(["familiarity", "check", "near.csv", "far.csv", "--resamples", "20", "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert answer["measures"]["feature_distance"]["auroc"]["value"] == 1 and answer["unfamiliar"] == "far"


def test_a_table_without_measures_ends_with_3(tables, capsys):
    (tables / "none.csv").write_text("image_id\na\n")
    assert main(["familiarity", "check", "near.csv", "none.csv"]) == 3
    assert "none.csv: table holds no measure of a picture" in capsys.readouterr().err
