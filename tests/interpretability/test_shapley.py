# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Exact Shapley values."""

from __future__ import annotations

import warnings
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn as nn
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.interpretability import CLINICAL_FIELDS, ShapleyValues, exact_shapley, function_of_clinical
from tests.interpretability.small_classifiers import drawn, image_metadata, patients

ROW, BACKGROUND = drawn(4, seed=1), drawn(9, 4, seed=2)


def tangled(rows: torch.Tensor) -> torch.Tensor:
    """Two outputs in which the columns are multiplied with each other."""
    age, missing, sex, site = rows.unbind(dim=1)
    return torch.stack([torch.sin(age * sex) + missing * site, age * missing * sex * site + site**2], dim=1)


def averaged_over_orders(function, row, background, groups) -> torch.Tensor:
    """What a field adds on joining, averaged over all orders of joining: the definition."""
    fields, added = list(groups), torch.zeros(len(groups), 2, dtype=torch.float64)
    orders = list(permutations(range(len(fields))))
    for order in orders:
        rows = background.clone()
        before = function(rows).double().mean(dim=0)
        for field in order:
            for column in groups[fields[field]]:
                rows[:, column] = row[column]
            after = function(rows).double().mean(dim=0)
            added[field] += (after - before) / len(orders)
            before = after
    return added


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**31), st.sampled_from([CLINICAL_FIELDS, {"a": [2], "b": [0], "c": [3], "d": [1]}]))
def test_it_is_the_average_over_all_orders_of_joining(seed, groups):
    row, background = drawn(4, seed=seed), drawn(5, 4, seed=seed + 1)
    found = exact_shapley(tangled, row, background, groups)
    assert isinstance(found, ShapleyValues)
    torch.testing.assert_close(found.values, averaged_over_orders(tangled, row, background, groups), atol=1e-5, rtol=0)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31))
def test_base_and_values_add_up_to_the_function_of_the_row(seed):
    row, background = drawn(4, seed=seed), drawn(7, 4, seed=seed + 1)
    found = exact_shapley(tangled, row, background)
    torch.testing.assert_close(found.base, tangled(background).double().mean(dim=0), atol=1e-5, rtol=0)
    whole = tangled(row[None])[0].double()
    torch.testing.assert_close(found.base + found.values.sum(dim=0), whole, atol=1e-5, rtol=0)


def test_of_a_linear_function_it_is_the_weight_times_the_distance_from_the_mean():
    weights = drawn(4, 3, seed=3)
    distance = (ROW - BACKGROUND.mean(dim=0))[:, None] * weights
    expected = torch.stack([distance[0] + distance[1], distance[2], distance[3]]).double()
    found = exact_shapley(lambda rows: rows @ weights + 1, ROW, BACKGROUND)
    torch.testing.assert_close(found.values, expected, atol=1e-5, rtol=0)


def test_fields_that_do_the_same_get_the_same_and_one_that_does_nothing_gets_0():
    row, background = ROW.clone(), BACKGROUND.clone()
    row[3], background[:, 3] = row[2], background[:, 2]
    found = exact_shapley(lambda rows: (rows[:, 2:3] * rows[:, 3:4]).exp(), row, background)
    torch.testing.assert_close(found.values[1], found.values[2])
    assert found.values[1].abs() > 1e-3
    assert found.values[0].abs() < 1e-6


def test_a_row_is_asked_for_once_in_batches_no_larger_than_asked_for_which_changes_nothing():
    sizes = []
    found = exact_shapley(lambda rows: (sizes.append(len(rows)), tangled(rows))[1], ROW, BACKGROUND, batch_size=50)
    # 8 coalitions with 9 rows are 72, of which the 9 of the coalition of all are the row itself
    assert sizes == [50, 14]
    torch.testing.assert_close(found.values, exact_shapley(tangled, ROW, BACKGROUND).values)


def known(people: Any) -> torch.Tensor:
    """Age, sex and site as ``shap`` has them, three numbers, in the form of the clinical input; an age below 0 is
    missing."""
    age, sex, site = torch.as_tensor(np.asarray(people, dtype=np.float32)).unbind(dim=1)
    return torch.stack([torch.where(age < 0, 0.0, (age - 50) / 20), (age < 0).float(), sex, site], dim=1)


def by_shap(function: Any, person: Any, people: Any) -> Any:
    """``(fields, K)`` by KernelSHAP, which leaves no coalition of three fields out and so is exact."""
    with warnings.catch_warnings():
        # shap touches colour maps of matplotlib in a way that will go; nothing of it is drawn here
        warnings.simplefilter("ignore")
        import shap

        return shap.KernelExplainer(function, people, silent=True).shap_values(person[None], silent=True)[0]


def people_and_person() -> tuple[Any, Any]:
    draw = np.random.default_rng(0)
    people = np.stack([draw.integers(5, 90, 12), draw.integers(1, 3, 12), draw.integers(1, 5, 12)], axis=1)
    people[3, 0] = -1
    return people.astype(np.float64), np.array([71.0, 2.0, 4.0])


@pytest.mark.parametrize("network", [None, image_metadata("film"), image_metadata("cross_attention")])
def test_shap_finds_the_same(network):
    """Of a function by hand in which all fields are entangled, and of a network's probabilities."""
    if network is None:
        ask = tangled
    else:
        for table in network.modules():  # as large as after a training
            if isinstance(table, nn.Embedding):
                nn.init.normal_(table.weight)
        logits = function_of_clinical(network, {"image": patients(1)["image"]})

        def ask(rows: torch.Tensor) -> torch.Tensor:
            return logits(rows).softmax(dim=1)

    people, person = people_and_person()
    found = exact_shapley(ask, known(person[None])[0], known(people))
    assert found.values.abs().amax() > 1e-3
    theirs = by_shap(lambda rows: ask(known(rows)).double().numpy(), person, people)
    np.testing.assert_allclose(found.values.numpy(), theirs, atol=1e-5)


def test_a_placeholder_that_is_not_a_number_stays_in_its_row():
    row = torch.tensor([float("nan"), 1.0, 1.0, 2.0])
    found = exact_shapley(lambda rows: torch.where(rows[:, 1:2] > 0.5, 5.0, rows[:, :1]), row, torch.zeros(2, 4))
    assert found.values[:, 0].tolist() == pytest.approx([5, 0, 0], abs=1e-9)


@pytest.mark.parametrize(
    "groups", [{"age": (0, 1), "sex": (2,)}, {"a": (0, 1), "b": (1, 2, 3)}, {"a": (0, 1, 2, 3), "b": ()}, {"a": (4,)}]
)
def test_groups_have_every_column_once(groups):
    with pytest.raises(UsageError, match="groups have the columns .*; expected 0 to 3, each in one group"):
        exact_shapley(tangled, ROW, BACKGROUND, groups)


def test_too_many_groups_and_other_shapes_are_refused():
    with pytest.raises(UsageError, match="groups are 11; expected 1 to 10"):
        exact_shapley(tangled, torch.zeros(11), torch.zeros(1, 11), {str(i): [i] for i in range(11)})
    with pytest.raises(UsageError, match="groups are 0"):
        exact_shapley(tangled, torch.zeros(0), torch.zeros(1, 0), {})
    for background in (torch.zeros(0, 4), torch.zeros(3, 5), torch.zeros(4)):
        with pytest.raises(InvalidInputError, match=r"background has shape .* beside a row of \(4,\)"):
            exact_shapley(tangled, ROW, background)
