# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One answer a case."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.metrics import CaseMeans, case_means


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=20), st.integers(0, 999))
def test_means_are_those_of_pandas_in_the_order_in_which_cases_occur(cases, seed):
    values = np.random.default_rng(seed).dirichlet([1, 1, 1], len(cases))
    found = case_means(cases, values)
    groups = pd.DataFrame(values).groupby(np.array(cases), sort=False)
    assert list(found.cases) == list(groups.groups) == list(dict.fromkeys(cases))
    np.testing.assert_allclose(found.probabilities, groups.mean().to_numpy())
    assert found.counts.tolist() == groups.size().tolist()
    assert [cases[place] for place in found.first] == list(found.cases)
    assert [cases.index(case) for case in found.cases] == found.first.tolist()


def test_no_answer_is_no_case():
    found = case_means([], np.zeros((0, 2)))
    assert isinstance(found, CaseMeans) and found.cases == () and found.probabilities.shape == (0, 2)


def test_names_of_another_number_are_refused():
    with pytest.raises(InvalidInputError, match="^answers: case_ids are 1 for 2 answers; expected one name"):
        case_means(["a"], np.zeros((2, 2)))
