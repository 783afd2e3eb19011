# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Calibration of predictions in a bundle's chain of transforms."""

from __future__ import annotations

import json

import pytest
import torch

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import CALIBRATION_FORMAT, CalibrateProbabilities, CalibrateProbabilitiesd

# what each kind makes of 0.9 and 0.1: the root of the odds; odds of 9 to 1 less a factor of 3; 0.9 / (0.9 + 0.3)
KINDS = {
    "temperature": ({"temperature": 2}, [0.75, 0.25]),
    "vector": ({"scales": [1, 1], "biases": [0, 1.0986122886681098]}, [0.75, 0.25]),
    "isotonic": ({"thresholds": [[0, 1], [0.1, 1]], "values": [[0, 1], [0.3, 1]]}, [0.75, 0.25]),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def written(folder, kind="temperature"):
    path = folder / "calibration.json"
    names = {"classes": ["mel", "nv"], "fitted_on": "validation", "images": 10}
    path.write_text(json.dumps({"format": CALIBRATION_FORMAT, "kind": kind, **KINDS[kind][0], **names}))
    return str(path)


@every_kind
def test_dictionary_form_equals_array_form(tmp_path, kind):
    path = written(tmp_path, kind)
    item = {"pred": torch.tensor([0.9, 0.1]), "id": 1}
    out = CalibrateProbabilitiesd("pred", path)(item)
    assert torch.equal(out["pred"], CalibrateProbabilities(path)(item["pred"]))
    torch.testing.assert_close(out["pred"].as_tensor(), torch.tensor(KINDS[kind][1]))
    assert item["pred"].tolist() == pytest.approx([0.9, 0.1]) and out["id"] == 1


def test_without_a_file_nothing_changes():
    probabilities = torch.tensor([0.9, 0.1])
    assert torch.equal(CalibrateProbabilities()(probabilities), probabilities)


@every_kind
def test_another_number_of_classes_is_refused(tmp_path, kind):
    with pytest.raises(InvalidInputError, match=r"pred: shape is \(3,\); expected \(2,\), as calibrated"):
        CalibrateProbabilities(written(tmp_path, kind))(torch.full((3,), 1 / 3))


def test_a_file_that_cannot_be_used_is_refused_when_the_chain_is_built(tmp_path):
    path = written(tmp_path)
    (tmp_path / "calibration.json").write_text("{}")
    with pytest.raises(InvalidInputError, match=r"calibration\.json: format is missing"):
        CalibrateProbabilitiesd("pred", path)
