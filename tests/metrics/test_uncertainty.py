# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How unsure a classifier is."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import rel_entr

from monai_skin.errors import InvalidInputError
from monai_skin.metrics import free_energy, mutual_information, predictive_entropy


@st.composite
def members(draw):
    """``(M, N, K)`` probabilities; a class may have none."""
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(2, 5)))
    values = draw(hnp.arrays("float64", shape, elements=st.floats(0, 1, width=32)))
    values[..., 0] += 0.01
    return values / values.sum(axis=-1, keepdims=True)


def test_entropy_goes_from_sure_to_all_alike():
    found = predictive_entropy([[1, 0, 0, 0], [0.25] * 4, [0.5, 0.25, 0.125, 0.125]])
    np.testing.assert_allclose(found, [0, 1, 1.75 / 2])  # in bits: 0.5 + 0.5 + 0.375 + 0.375, of at most 2


@settings(deadline=None, max_examples=25)
@given(members())
def test_entropy_is_that_of_another_library(values):
    expected = torch.distributions.Categorical(torch.from_numpy(values)).entropy() / math.log(values.shape[-1])
    # the library takes the smallest float64 for a 0
    np.testing.assert_allclose(predictive_entropy(values), expected, atol=1e-9)


def test_members_that_contradict_each_other_are_spread_and_unsure_members_that_agree_are_not():
    # of their mean, (0.5, 0.5), 1 bit; of each, 0.9 log2(10/9) + 0.1 log2(10) = 0.468996 bits
    assert mutual_information([[0.9, 0.1], [0.1, 0.9]]).item() == pytest.approx(1 - 0.468996, abs=1e-6)
    assert mutual_information([[0.5, 0.5], [0.5, 0.5]]).item() == 0
    assert mutual_information([[0.7, 0.2, 0.1]]).item() == 0, "one member agrees with itself"


@settings(deadline=None, max_examples=25)
@given(members())
def test_spread_is_the_mean_divergence_of_the_members_from_their_mean(values):
    found, limit = mutual_information(values), math.log(values.shape[-1])
    divergence = rel_entr(values, values.mean(axis=0)).sum(axis=-1).mean(axis=0)
    np.testing.assert_allclose(found, divergence / limit, atol=1e-12)
    assert (found >= 0).all() and (found <= math.log(len(values)) / limit + 1e-12).all()
    np.testing.assert_allclose(mutual_information(values[::-1]), found, atol=1e-12)


def test_rows_of_a_table_are_scaled_to_add_up_to_1():
    exact = [[[0.9, 0.1]], [[0.3, 0.7]]]
    np.testing.assert_allclose(mutual_information(np.array(exact) * [[[0.999]], [[1.001]]]), mutual_information(exact))


def test_energy_is_lower_for_larger_logits_and_known_for_equal_ones():
    found = free_energy([[0.0, 0.0], [3.0, 3.0], [10.0, 0.0]])
    np.testing.assert_allclose(found, [-math.log(2), -3 - math.log(2), -10], atol=1e-4)
    assert free_energy([0.0, 0.0], temperature=2).item() == pytest.approx(-2 * math.log(2))


@settings(deadline=None, max_examples=25)
@given(hnp.arrays("float64", (3, 4), elements=st.floats(-50, 50)), st.floats(0.1, 10), st.floats(-5, 5))
def test_energy_is_that_of_another_library_and_moves_with_all_logits(logits, temperature, shift):
    expected = -temperature * torch.logsumexp(torch.from_numpy(logits) / temperature, dim=1)
    found = free_energy(logits, temperature)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(free_energy(logits + shift, temperature), found - shift, atol=1e-9)


@pytest.mark.parametrize(
    ("function", "values", "problem"),
    [
        (predictive_entropy, [[1.0]], r"uncertainty: probabilities have the shape \(1, 1\); expected \(\.\.\., K\)"),
        (predictive_entropy, np.zeros((0, 3)), r"probabilities have the shape \(0, 3\)"),
        (mutual_information, [0.5, 0.5], r"members have the shape \(2,\); expected \(M, \.\.\., K\) with two or more"),
        (free_energy, 1.0, r"logits have the shape \(\)"),
    ],
)
def test_other_shapes_are_named(function, values, problem):
    with pytest.raises(InvalidInputError, match=problem):
        function(values)


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature must be above 0"):
        free_energy([0.0, 1.0], temperature)
