# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One answer a case: means worked by hand, and against pandas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation import Predictions, mean_by_case, read_predictions, write_predictions


def predictions(cases, truth, probabilities):
    return Predictions(
        name="m",
        classes=("benign", "malignant"),
        image_ids=tuple(f"i{n}" for n in range(len(cases))),
        lesion_ids=tuple(cases),
        truth=np.array(truth),
        probabilities=np.array(probabilities, dtype=float),
    )


def test_a_case_has_the_mean_of_its_pairs_and_keeps_its_truth():
    table = predictions(["b", "a", "b"], [1, 0, 1], [[0.2, 0.8], [1.0, 0.0], [0.6, 0.4]])
    cases = mean_by_case(table)
    assert (cases.image_ids, cases.lesion_ids, cases.truth.tolist()) == (("b", "a"), ("b", "a"), [1, 0])
    np.testing.assert_allclose(cases.probabilities, [[0.4, 0.6], [1.0, 0.0]])


def test_many_cases_are_those_of_pandas_and_are_written_and_read_back(tmp_path):
    rng = np.random.default_rng(0)
    cases = [f"c{n}" for n in rng.integers(0, 9, 40)]
    values = rng.dirichlet((1, 1), 40)
    found = mean_by_case(predictions(cases, [int(case[1:]) % 2 for case in cases], values))
    expected = pd.DataFrame(values).groupby(cases, sort=False).mean()
    assert list(found.image_ids) == expected.index.tolist()
    np.testing.assert_allclose(found.probabilities, expected.to_numpy())
    write_predictions(tmp_path / "cases.csv", found)
    assert read_predictions(tmp_path / "cases.csv").image_ids == found.image_ids


def test_one_image_a_case_changes_nothing():
    table = predictions(["a", "b"], [0, -1], [[0.2, 0.8], [1.0, 0.0]])
    cases = mean_by_case(table)
    assert np.array_equal(cases.probabilities, table.probabilities)
    assert np.array_equal(mean_by_case(cases).truth, table.truth)


def test_a_case_of_two_truths_is_named():
    table = predictions(["a", "a"], [0, 1], [[0.2, 0.8], [1.0, 0.0]])
    with pytest.raises(InvalidInputError, match="a: truth is 'benign' and 'malignant'; expected one diagnosis for all"):
        mean_by_case(table)
    with pytest.raises(InvalidInputError, match="truth is 'benign' and 'unknown'"):
        mean_by_case(replace(table, truth=np.array([0, -1])))
