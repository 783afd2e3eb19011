# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from monai_skin.dicom import WrapOptions, wrap_photograph, write_object
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import image_size, load_weights, write_mask
from monai_skin.label import TrainingPlan, WeightVersions, train_version

SMALL = {"image_size": [64, 64], "max_shift": [4, 4], "seed": 0}


@pytest.fixture(scope="module")
def approved(pictures, tmp_path_factory):
    folder = tmp_path_factory.mktemp("approved")
    items = []
    for picture in pictures:
        rows, columns = image_size(picture)
        mask = np.zeros((rows, columns), np.bool_)
        mask[rows // 3 : 2 * rows // 3, columns // 3 : 2 * columns // 3] = True
        write_mask(folder / f"{picture.stem}.png", mask)
        items.append({"image": str(picture), "label": str(folder / f"{picture.stem}.png"), "image_id": picture.stem})
    return items


def test_a_training_makes_a_version_that_answers(bundle, approved, tmp_path, answers):
    models = answers.settings.models
    question = {"do": "outline", "image": approved[0]["image"], "out": str(tmp_path / "mask.png")}
    assert answers.ask(question)["version"] == 0
    before = load_weights(bundle / "models" / "model.safetensors")
    done = train_version(TrainingPlan(bundle, models, approved, epochs=1, device="cpu", overrides=SMALL))
    assert done == {"version": 1, "images": 3, "validation_images": 1, "epochs": 1}
    after = load_weights(models / "model_v1.pt")
    assert after.keys() == before.keys()
    assert any(not after[name].equal(before[name]) for name in after)
    assert answers.ask(question)["version"] == 1, "without a new start"
    answers.versions.activate(0)
    assert answers.ask(question)["version"] == 0
    assert not list(models.glob(".training-*")), "nothing is left of the run"


def test_a_series_of_one_dicom_object_teaches_too(bundle, approved, tmp_path):
    series = tmp_path / "1.2.3"
    write_object(series / "one.dcm", wrap_photograph(approved[0]["image"], WrapOptions(patient_id="P")))
    items = [{**approved[0], "image": str(series)}, *approved[1:]]
    plan = TrainingPlan(bundle, tmp_path / "models", items, epochs=1, device="cpu", overrides=SMALL)
    assert train_version(plan)["version"] == 1


def test_it_goes_on_from_the_version_that_answers(bundle, approved, tmp_path):
    plan = TrainingPlan(bundle, tmp_path, approved, epochs=1, device="cpu", overrides={**SMALL, "learning_rate": 0.0})
    for _ in range(2):
        train_version(plan)
    versions = WeightVersions(tmp_path)
    assert [row["learnt_from_version"] for row in versions.record["versions"]] == [0, 1]
    start = load_weights(bundle / "models" / "model.safetensors")
    for name, value in load_weights(tmp_path / "model_v2.pt").items():
        torch.testing.assert_close(value.float(), start[name].float(), rtol=0, atol=1e-3)  # kept with half precision


@pytest.mark.parametrize(
    ("changes", "problem", "kind"),
    [
        ({"items": []}, "approved outlines are 0; expected 2 or more", InvalidInputError),
        ({"epochs": 0}, "epochs are 0; expected 1 or more", UsageError),
        ({"overrides": {"learnign_rate": 1}}, "learnign_rate is not an entry", UsageError),
    ],
)
def test_a_plan_that_cannot_work_is_refused_and_makes_no_version(bundle, approved, tmp_path, changes, problem, kind):
    plan = {"root": bundle, "models": tmp_path, "items": approved, "device": "cpu", **changes}
    with pytest.raises(kind, match=problem):
        train_version(TrainingPlan(**plan))
    assert WeightVersions(tmp_path).record == {"active": 0, "versions": []}


def test_a_mask_of_another_size_ends_the_training_by_name(bundle, approved, tmp_path):
    write_mask(tmp_path / "wrong.png", np.zeros((40, 40), np.bool_))
    items = [{**item, "label": str(tmp_path / "wrong.png")} for item in approved]
    with pytest.raises(InvalidInputError, match="label of lesion 0: size is 40 x 40 pixels for a picture of 90 x 60"):
        train_version(TrainingPlan(bundle, tmp_path / "models", items, epochs=1, device="cpu", overrides=SMALL))


HOLD = """
import sys, time
from pathlib import Path
from monai_skin.label.training import _alone
with _alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="file locks as of POSIX")
@pytest.mark.slow
def test_i4_a_second_training_is_refused_and_a_killed_one_holds_nobody_up(bundle, approved, tmp_path):
    plan = TrainingPlan(bundle, tmp_path, approved, epochs=1, device="cpu", overrides=SMALL)
    holder = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(holder, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match="models are being trained already; expected one training at a time"):
            train_version(plan)
        first.send_signal(signal.SIGKILL)
    assert train_version(plan)["version"] == 1
