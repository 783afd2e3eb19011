# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``calibrate``: the files it writes serve the transform and the sets."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from monai_skin.cli import main
from monai_skin.evaluation import (
    calibrated,
    coverage_report,
    fit_calibration,
    fit_conformal,
    fit_temperature,
    read_conformal,
    write_predictions,
)
from monai_skin.metrics import balanced_accuracy, expected_calibration_error, negative_log_likelihood
from monai_skin.transforms import CalibrateProbabilities, read_calibration
from tests.evaluation.models import make_model


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_predictions("fold.csv", FOLD)
    write_predictions("test.csv", OTHERS)
    return tmp_path


FOLD, OTHERS = make_model("fold", 100), make_model("test", 60, lesions=40, prefix="other", seed=2)


def calibrate(*words):
    return main(["calibrate", "fold.csv", "--out", "calibration.json", *words])


def test_the_file_serves_the_transform(capsys):
    assert calibrate() == 0
    found = read_calibration("calibration.json")
    assert found.temperature == fit_temperature(FOLD.truth, FOLD.probabilities)
    assert (found.classes, found.fitted_on, found.images) == (FOLD.classes, "fold", 100)
    row = CalibrateProbabilities("calibration.json")(torch.from_numpy(FOLD.probabilities[0]))
    np.testing.assert_allclose(row.numpy(), calibrated(FOLD.probabilities, found.temperature)[0], atol=1e-9)
    captured = capsys.readouterr()
    assert captured.out.startswith(
        f"temperature {found.temperature:.4f} from 100 images, written to calibration.json\n"
    )
    assert captured.out.endswith("\nResearch use only. Not for diagnosis.\n") and captured.err == ""


@pytest.mark.parametrize(
    ("method", "name"),
    [("temperature", "temperature "), ("vector", "scales and biases"), ("isotonic", "isotonic curves")],
)
def test_each_method_is_judged_on_its_own_images_and_on_others(capsys, method, name):
    assert calibrate("--method", method, "--check", "test.csv") == 0
    calibration = read_calibration("calibration.json")
    assert calibration == fit_calibration(FOLD, method)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(name) and lines[0].endswith("from 100 images, written to calibration.json")
    expected = []
    for model, where in ((FOLD, "these images"), (OTHERS, "60 other images")):
        after = calibrated(model.probabilities, calibration)
        for score, function in (("NLL", negative_log_likelihood), ("ECE", expected_calibration_error)):
            before, now = (function(model.truth, each) for each in (model.probabilities, after))
            expected.append(f"{score} on {where} {before:.4f} before, {now:.4f} after")
        turned = (after.argmax(axis=1) != model.probabilities.argmax(axis=1)).mean()
        assert (turned > 0) == (method != "temperature")
        if turned:
            before, now = (balanced_accuracy(model.truth, each) for each in (model.probabilities, after))
            change = f"balanced accuracy {before:.4f} before, {now:.4f} after"
            expected.append(f"another class comes first in {turned:.1%} of {where}, {change}")
    assert lines[1:-1] == expected


def test_sets_are_fitted_to_probabilities_as_they_are_and_their_coverage_is_told_by_class(capsys):
    words = ("--conformal-out", "sets.json", "--conformal-alpha", "0.2", "--conformal-score", "aps")
    assert calibrate("--method", "vector", *words, "--conformal-by-class", "--check", "test.csv") == 0
    found = read_conformal("sets.json")
    assert found.thresholds == tuple(fit_conformal(FOLD.truth, FOLD.probabilities, 0.2, "aps", by_class=True))
    assert (found.alpha, found.score, found.by_class, found.images) == (0.2, "aps", True, 100)
    out = capsys.readouterr().out
    report = coverage_report(OTHERS.truth, found.sets(OTHERS.probabilities), OTHERS.lesion_ids)
    assert "sets that miss 0.2 of images from 100 images, written to sets.json; for probabilities not calibrated" in out
    assert f"coverage of 60 other images {report.coverage}\n" in out
    for code, share, images in zip(found.classes, report.by_class, report.images, strict=True):
        assert f"  {code}: {share} of {images}\n" in out
    sizes = f"{report.mean_size:.2f} classes a set, {report.singletons:.1%} of the sets have one"
    assert f"{sizes}, {report.empty:.1%} have none\n" in out


def test_a_tenth_may_be_missed_by_the_smallest_sets_unless_told_otherwise():
    assert calibrate("--conformal-out", "sets.json") == 0
    found = read_conformal("sets.json")
    assert (found.alpha, found.score, found.by_class) == (0.1, "lac", False)


def test_a_class_without_images_in_the_check_is_said_to_have_none(capsys):
    write_predictions("test.csv", OTHERS.take(np.flatnonzero(OTHERS.truth != 1)))
    assert calibrate("--conformal-out", "sets.json", "--check", "test.csv") == 0
    assert "  nv: no image\n" in capsys.readouterr().out


def test_images_that_settle_nothing_are_told(capsys):
    model = make_model(images=20)
    write_predictions("fold.csv", model.having(0.97 * np.eye(3)[model.truth] + 0.01))
    assert calibrate() == 0
    assert "at the end of what is looked at, 0.05 to 20; these images do not settle it" in capsys.readouterr().err


def test_a_class_with_too_few_images_is_named(capsys):
    write_predictions("fold.csv", FOLD.take(np.flatnonzero(FOLD.truth != 1)))
    assert calibrate("--method", "isotonic", "--conformal-out", "sets.json", "--conformal-by-class") == 0
    err = capsys.readouterr().err
    assert "warning: no image of nv; these images do not settle how probable it is" in err
    assert "warning: too few images for a threshold of nv, which is in every set" in err


def test_a_table_without_truth_ends_with_3(folder, capsys):
    (folder / "bare.csv").write_text("image_id,mel,nv,sk\nA,0.2,0.7,0.1\n")
    for words in (["calibrate", "bare.csv"], ["calibrate", "fold.csv", "--check", "bare.csv"]):
        assert main([*words, "--out", "calibration.json"]) == 3
        assert "bare.csv: header lacks dx" in capsys.readouterr().err
    assert not (folder / "calibration.json").exists()


def test_images_that_share_a_lesion_are_no_check_and_end_with_9(folder, capsys):
    write_predictions("test.csv", make_model("test", 120))
    assert calibrate("--check", "test.csv", "--conformal-out", "sets.json") == 9
    assert "share 200 images or lesions with those judged, such as i000" in capsys.readouterr().err
    assert not list(folder.glob("*.json"))


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--conformal-alpha", "1", "--conformal-out", "sets.json"), "--conformal-alpha is 1; expected a number betw"),
        (("--conformal-alpha", "0.2"), "--conformal-alpha is given; expected it with --conformal-out only"),
        (("--conformal-score", "aps"), "--conformal-score is given; expected it with --conformal-out only"),
        (("--conformal-by-class",), "--conformal-by-class is given; expected it with --conformal-out only"),
        (("--conformal-out", "calibration.json"), "--out and --conformal-out are both calibration.json; expected two"),
    ],
)
def test_wrong_words_end_with_2_before_anything_is_written(folder, capsys, words, problem):
    assert calibrate(*words) == 2
    assert problem in capsys.readouterr().err
    assert not list(folder.glob("*.json"))


def test_another_method_ends_as_wrong_usage():
    with pytest.raises(SystemExit) as stop:
        calibrate("--method", "platt")
    assert stop.value.code == 2
