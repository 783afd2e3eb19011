# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The file of thresholds, field by field."""

from __future__ import annotations

import json
import math

import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation import CONFORMAL_FORMAT, ConformalSets, prediction_sets, read_conformal, write_conformal

GOOD = {
    "format": CONFORMAL_FORMAT,
    "kind": "conformal",
    "score": "aps",
    "alpha": 0.1,
    "by_class": True,
    "thresholds": [0.9, "everything"],
    "classes": ["mel", "nv"],
    "fitted_on": "validation",
    "images": 40,
}
SETS = ConformalSets(
    score="aps",
    alpha=0.1,
    by_class=True,
    thresholds=(0.9, math.inf),
    classes=("mel", "nv"),
    fitted_on="validation",
    images=40,
)


def written(folder, **changes):
    path = folder / "conformal.json"
    path.write_text(json.dumps({key: value for key, value in {**GOOD, **changes}.items() if value is not None}))
    return path


def test_the_file_is_read_back(tmp_path):
    write_conformal(tmp_path / "conformal.json", SETS)
    assert json.loads((tmp_path / "conformal.json").read_text()) == GOOD
    assert read_conformal(tmp_path / "conformal.json") == SETS


def test_it_names_the_classes_without_a_threshold_and_gives_sets():
    assert SETS.in_every_set == ("nv",)
    rows = [[0.05, 0.95], [0.95, 0.05]]
    assert SETS.sets(rows).tolist() == prediction_sets(rows, [0.9, math.inf], "aps").tolist()
    assert SETS.sets(rows).tolist() == [[False, True], [True, True]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "format is 2; expected 1"),
        ({"kind": "temperature"}, "kind is 'temperature'; expected \"conformal\""),
        ({"score": "raps"}, 'score is \'raps\'; expected "lac" or "aps"'),
        ({"score": []}, r'score is \[\]; expected "lac" or "aps"'),
        ({"alpha": 1}, "alpha is 1; expected a number between 0 and 1"),
        ({"alpha": "0.1"}, "alpha is '0.1'; expected a number between 0 and 1"),
        ({"by_class": 1}, "by_class is 1; expected true or false"),
        ({"thresholds": None}, "thresholds is missing; expected a list of 2, one a class"),
        ({"thresholds": [0.9]}, r"thresholds is \[0.9\]; expected a list of 2, one a class"),
        ({"thresholds": [0.9, None]}, 'thresholds of nv is None; expected a number from 0 to 2, or "everything"'),
        ({"thresholds": [-1, 0.5]}, "thresholds of mel is -1; expected a number from 0 to 2"),
        ({"classes": ["mel", "mel"]}, r"classes is \['mel', 'mel'\]; expected two or more class codes, each once"),
        ({"fitted_on": None}, "fitted_on is missing; expected the name of a set of images"),
        ({"images": 1.5}, "images is 1.5; expected a whole number above 0"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_field(tmp_path, changes, message):
    with pytest.raises(InvalidInputError, match=f"^conformal.json: {message}"):
        read_conformal(written(tmp_path, **changes))
