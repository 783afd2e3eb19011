# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""``calibrate``: the file it writes serves the transform."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from monai_skin.cli import main
from monai_skin.evaluation import calibrated, fit_temperature, write_predictions
from monai_skin.transforms import CalibrateProbabilities, read_calibration
from tests.evaluation.models import make_model


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_file_serves_the_transform(capsys):
    model = make_model("fold", 100)
    write_predictions("fold.csv", model)
    assert main(["calibrate", "fold.csv", "--out", "calibration.json"]) == 0
    found = read_calibration("calibration.json")
    assert found == (fit_temperature(model.truth, model.probabilities), model.classes, "fold", 100)
    row = CalibrateProbabilities("calibration.json")(torch.from_numpy(model.probabilities[0]))
    np.testing.assert_allclose(row.numpy(), calibrated(model.probabilities, found.temperature)[0], atol=1e-9)
    captured = capsys.readouterr()
    assert captured.out.startswith(
        f"temperature {found.temperature:.4f} from 100 images, written to calibration.json\n"
    )
    assert captured.out.endswith("\nResearch use only. Not for diagnosis.\n") and captured.err == ""


def test_images_that_settle_nothing_are_told(capsys):
    model = make_model(images=20)
    write_predictions("sure.csv", model.having(0.97 * np.eye(3)[model.truth] + 0.01))
    assert main(["calibrate", "sure.csv", "--out", "calibration.json"]) == 0
    assert "at the end of what is looked at, 0.05 to 20; these images do not settle it" in capsys.readouterr().err


def test_a_table_without_truth_ends_with_3(folder, capsys):
    (folder / "bare.csv").write_text("image_id,mel,nv,sk\nA,0.2,0.7,0.1\n")
    assert main(["calibrate", "bare.csv", "--out", "calibration.json"]) == 3
    assert "bare.csv: header lacks dx" in capsys.readouterr().err
    assert not (folder / "calibration.json").exists()
