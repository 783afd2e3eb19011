# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The people a person is compared with."""

from __future__ import annotations

import pytest
import torch

from monai_skin.errors import InvalidInputError
from monai_skin.interpretability import clinical_grid, read_clinical_background

SCALE = {"age_mean": 50.0, "age_std": 10.0, "sites": ["back", "face", "foot"]}


def test_the_grid_holds_every_combination_once_and_nothing_unknown():
    grid = clinical_grid(**SCALE)
    assert grid.shape == (9 * 2 * 3, 4) and len(torch.unique(grid, dim=0)) == len(grid)
    ages, missing, sexes, sites = (column.unique().tolist() for column in grid.unbind(dim=1))
    assert [50 + 10 * age for age in ages] == pytest.approx(range(5, 90, 10))
    assert (missing, sexes, sites) == ([0], [1, 2], [1, 2, 3])


def test_a_table_is_taken_as_it_is_with_what_is_unknown(tmp_path):
    (tmp_path / "people.csv").write_text("name,age,sex,site\na,60,male,face\nb,,,unknown\na,60,male,face\n")
    known, unknown = [1.0, 0.0, 2.0, 2.0], [0.0, 1.0, 0.0, 0.0]
    assert read_clinical_background(tmp_path / "people.csv", **SCALE).tolist() == [known, unknown, known]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("age,sex\n1,male\n", "people.csv: header lacks site"),
        ("age,sex,site\n", "people.csv: table has no rows; expected one person a row"),
        ("age,sex,site\n1,male,back\n300,male,back\n", "people.csv row 3: age is 300"),
        ("age,sex,site\n1,male,scalp\n", "people.csv row 2: site is 'scalp'"),
    ],
)
def test_a_table_that_cannot_be_used_is_named_with_its_row(text, message, tmp_path):
    (tmp_path / "people.csv").write_text(text)
    with pytest.raises(InvalidInputError, match=message):
        read_clinical_background(tmp_path / "people.csv", **SCALE)
