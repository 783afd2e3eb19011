# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The calibration file, field by field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.labels import VOCABULARIES
from monai_skin.transforms import CALIBRATION_FORMAT, read_calibration
from monai_skin.transforms.calibration import IsotonicCalibration, TemperatureCalibration, VectorCalibration
from tests.small_bundle import BUNDLES

NAMES = {"classes": ["mel", "nv"], "fitted_on": "validation", "images": 10}
GOOD = {"format": CALIBRATION_FORMAT, "kind": "temperature", "temperature": 2, **NAMES}
VECTOR = {"format": CALIBRATION_FORMAT, "kind": "vector", "scales": [1, 0.5], "biases": [0, -1.5], **NAMES}
ISOTONIC = {
    "format": CALIBRATION_FORMAT,
    "kind": "isotonic",
    "thresholds": [[0.2, 0.8], [0, 0.5, 1]],
    "values": [[0.1, 0.1], [0, 0.5, 1]],
    **NAMES,
}
ORIGIN = {"classes": ("mel", "nv"), "fitted_on": "validation", "images": 10}


def written(folder: Path, content: dict[str, object], **changes: object) -> Path:
    path = folder / "calibration.json"
    path.write_text(json.dumps({key: value for key, value in {**content, **changes}.items() if value is not None}))
    return path


def test_a_file_of_each_kind_is_read_whole(tmp_path):
    assert read_calibration(written(tmp_path, GOOD)) == TemperatureCalibration(**ORIGIN, temperature=2.0)
    expected = VectorCalibration(**ORIGIN, scales=(1.0, 0.5), biases=(0.0, -1.5))
    assert read_calibration(written(tmp_path, VECTOR)) == expected
    lists = {"thresholds": ((0.2, 0.8), (0.0, 0.5, 1.0)), "values": ((0.1, 0.1), (0.0, 0.5, 1.0))}
    assert read_calibration(written(tmp_path, ISOTONIC)) == IsotonicCalibration(**ORIGIN, **lists)


@pytest.mark.parametrize("path", sorted(BUNDLES.glob("*/models/calibration.json")), ids=lambda path: path.parts[-3])
def test_the_files_of_the_bundles_are_temperatures(path):
    found = read_calibration(path)
    config = json.loads((path.parents[1] / "configs" / "inference.json").read_text())
    assert isinstance(found, TemperatureCalibration) and found.classes == VOCABULARIES[config["vocabulary"]]
    assert found.temperature == json.loads(path.read_text())["temperature"]


@pytest.mark.parametrize(
    ("content", "changes", "message"),
    [
        (GOOD, {"format": 2}, "format is 2; expected 1"),
        (GOOD, {"format": None}, "format is missing; expected 1"),
        (GOOD, {"kind": "conformal"}, 'kind is \'conformal\'; expected "temperature", "vector" or "isotonic"'),
        (GOOD, {"kind": ["vector"]}, r"kind is \['vector'\]; expected \"temperature\""),
        (GOOD, {"temperature": 0}, "temperature is 0; expected a number above 0"),
        (GOOD, {"temperature": -1.5}, "temperature is -1.5; expected a number above 0"),
        (GOOD, {"temperature": "1.5"}, "temperature is '1.5'; expected a number above 0"),
        (GOOD, {"temperature": True}, "temperature is True; expected a number above 0"),
        (GOOD, {"temperature": 10**400}, r"temperature is 10+ \.\.\.; expected a number above 0"),
        (GOOD, {"classes": ["mel"]}, r"classes is \['mel'\]; expected two or more class codes, each once"),
        (GOOD, {"classes": ["mel", "mel"]}, r"classes is \['mel', 'mel'\]; expected two or more class codes, each"),
        (GOOD, {"fitted_on": 3}, "fitted_on is 3; expected the name of a set of images"),
        (GOOD, {"images": 0}, "images is 0; expected a whole number above 0"),
        (VECTOR, {"scales": None}, "scales is missing; expected a list of 2, one a class"),
        (VECTOR, {"scales": [1]}, r"scales is \[1\]; expected a list of 2, one a class"),
        (VECTOR, {"scales": 1}, "scales is 1; expected a list of 2, one a class"),
        (VECTOR, {"scales": [1, 0]}, "scales of nv is 0; expected a number above 0"),
        (VECTOR, {"biases": [1, 2, 3]}, r"biases is \[1, 2, 3\]; expected a list of 2, one a class"),
        (VECTOR, {"biases": ["1", 0]}, "biases of mel is '1'; expected a number"),
        (VECTOR, {"images": None}, "images is missing"),
        (ISOTONIC, {"thresholds": [[0.5]]}, r"thresholds is \[\[0.5\]\]; expected a list of 2, one a class"),
        (
            ISOTONIC,
            {"thresholds": [[0.2, 0.2], [0, 0.5, 1]]},
            r"thresholds of mel is \[0.2, 0.2\]; expected prob.*above",
        ),
        (ISOTONIC, {"thresholds": [[0.2, 0.8], []]}, r"thresholds of nv is \[\]; expected probabilities"),
        (ISOTONIC, {"thresholds": [0.2, [0, 0.5, 1]]}, "thresholds of mel is 0.2; expected probabilities"),
        (ISOTONIC, {"thresholds": [[0.2, 1.2], [0, 0.5, 1]]}, r"thresholds of mel is \[0.2, 1.2\]; expected prob"),
        (ISOTONIC, {"values": [[0.2, 0.1], [0, 0.5, 1]]}, r"values of mel is \[0.2, 0.1\]; expected prob.*none below"),
        (ISOTONIC, {"values": [[0.1, 0.1], [0, 1]]}, "values of nv has 2 numbers; expected 3, as thresholds"),
        (ISOTONIC, {"values": None}, "values is missing; expected a list of 2, one a class"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_field(tmp_path, content, changes, message):
    with pytest.raises(InvalidInputError, match=f"^calibration.json: {message}"):
        read_calibration(written(tmp_path, content, **changes))


def test_a_list_is_no_calibration(tmp_path):
    path = tmp_path / "calibration.json"
    path.write_text("[1.5]")
    with pytest.raises(InvalidInputError, match="calibration.json: document is a list; expected an object"):
        read_calibration(path)
