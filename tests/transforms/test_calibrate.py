# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Temperatures on probabilities, and the file they come from."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import (
    CALIBRATION_FORMAT,
    CalibrateProbabilities,
    CalibrateProbabilitiesd,
    apply_temperature,
    read_calibration,
)

logits = hnp.arrays("float64", 5, elements=st.floats(-20, 20)).map(torch.from_numpy)
temperatures = st.floats(0.05, 20)
GOOD = {
    "format": CALIBRATION_FORMAT,
    "kind": "temperature",
    "temperature": 2,
    "classes": ["mel", "nv"],
    "fitted_on": "validation",
    "images": 10,
}


def written(folder, **changes):
    path = folder / "calibration.json"
    path.write_text(json.dumps({key: value for key, value in {**GOOD, **changes}.items() if value is not None}))
    return str(path)


@settings(deadline=None)
@given(logits, temperatures)
def test_a_temperature_on_probabilities_is_the_same_on_logits(values, temperature):
    expected = torch.softmax(values / temperature, dim=0)
    torch.testing.assert_close(apply_temperature(torch.softmax(values, dim=0), temperature), expected)


@settings(deadline=None)
@given(logits, temperatures)
def test_probabilities_stay_such_and_the_most_probable_class_stays_it(values, temperature):
    probabilities = torch.softmax(values, dim=0)
    out = apply_temperature(probabilities, temperature)
    assert out.sum().item() == pytest.approx(1) and out.min() >= 0
    assert out[probabilities.argmax()] == out.max()


def test_a_temperature_of_two_takes_the_root_of_the_odds():
    # odds of 9 to 1 become 3 to 1
    torch.testing.assert_close(apply_temperature(torch.tensor([0.9, 0.1]), 2.0), torch.tensor([0.75, 0.25]))


def test_a_batch_is_calibrated_row_by_row():
    rows = torch.tensor([[0.9, 0.1], [0.2, 0.8]])
    expected = torch.stack([apply_temperature(row, 3.0) for row in rows])
    torch.testing.assert_close(apply_temperature(rows, 3.0), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_certainty_stays_certainty_in_every_precision(dtype):
    out = apply_temperature(torch.tensor([1, 0], dtype=dtype), 1.5)
    assert out.dtype == dtype and out.tolist() == pytest.approx([1, 0], abs=1e-20)


def test_what_is_no_number_stays_so_for_the_writer_to_set_aside():
    assert apply_temperature(torch.tensor([torch.nan, 0.5]), 1.5).isnan().all()


def test_dictionary_form_equals_array_form(tmp_path):
    path = written(tmp_path)
    item = {"pred": torch.tensor([0.9, 0.1]), "id": 1}
    out = CalibrateProbabilitiesd("pred", path)(item)
    assert torch.equal(out["pred"], CalibrateProbabilities(path)(item["pred"]))
    torch.testing.assert_close(out["pred"].as_tensor(), torch.tensor([0.75, 0.25]))
    assert item["pred"].tolist() == pytest.approx([0.9, 0.1]) and out["id"] == 1


def test_without_a_file_nothing_changes():
    probabilities = torch.tensor([0.9, 0.1])
    assert torch.equal(CalibrateProbabilities()(probabilities), probabilities)


def test_a_file_is_read_whole(tmp_path):
    assert read_calibration(written(tmp_path)) == (2.0, ("mel", "nv"), "validation", 10)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "format is 2; expected 1"),
        ({"format": None}, "format is missing; expected 1"),
        ({"kind": "isotonic"}, "kind is 'isotonic'; expected \"temperature\""),
        ({"temperature": 0}, "temperature is 0; expected a number above 0"),
        ({"temperature": -1.5}, "temperature is -1.5; expected a number above 0"),
        ({"temperature": "1.5"}, "temperature is '1.5'; expected a number above 0"),
        ({"temperature": True}, "temperature is True; expected a number above 0"),
        ({"classes": ["mel"]}, r"classes is \['mel'\]; expected two or more class codes, each once"),
        ({"classes": ["mel", "mel"]}, r"classes is \['mel', 'mel'\]; expected two or more class codes, each once"),
        ({"fitted_on": 3}, "fitted_on is 3; expected the name of a set of images"),
        ({"images": 0}, "images is 0; expected a whole number above 0"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_field(tmp_path, changes, message):
    with pytest.raises(InvalidInputError, match=f"^calibration.json: {message}"):
        CalibrateProbabilities(written(tmp_path, **changes))


def test_a_list_is_no_calibration(tmp_path):
    path = tmp_path / "calibration.json"
    path.write_text("[1.5]")
    with pytest.raises(InvalidInputError, match="calibration.json: document is a list; expected an object"):
        read_calibration(path)


def test_another_number_of_classes_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match=r"pred: shape is \(3,\); expected \(2,\), as calibrated"):
        CalibrateProbabilities(written(tmp_path))(torch.full((3,), 1 / 3))
