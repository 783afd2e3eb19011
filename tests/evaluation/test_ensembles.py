# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Ensembles: what all of them keep, and the weights that fit best."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import softmax

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation import fit_weights, mean_of_logits, mean_of_probabilities, mean_of_ranks
from monai_skin.metrics import negative_log_likelihood

POOLS = [mean_of_logits, mean_of_probabilities, mean_of_ranks]
every_pool = pytest.mark.parametrize("pool", POOLS, ids=lambda pool: pool.__name__)


def drawn(members=3, images=40, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(4), (members, images))


@every_pool
def test_the_result_is_probabilities_whatever_the_order_of_members(pool):
    stack = drawn()
    pooled = pool(stack)
    assert pooled.min() >= 0 and np.allclose(pooled.sum(axis=1), 1)
    np.testing.assert_allclose(pool(stack[[2, 0, 1]]), pooled)


@pytest.mark.parametrize("pool", [mean_of_logits, mean_of_probabilities], ids=lambda pool: pool.__name__)
def test_members_that_agree_are_their_own_mean(pool):
    member = drawn(1)[0]
    np.testing.assert_allclose(pool(np.stack([member] * 3)), member)


def test_logits_are_averaged_up_to_a_constant_an_image():
    logits = np.random.default_rng(0).normal(size=(3, 10, 4))
    expected = softmax(logits.mean(axis=0), axis=1)
    np.testing.assert_allclose(mean_of_logits(softmax(logits, axis=2)), expected)


def test_ranks_forget_all_but_the_order():
    stack = drawn(2)
    ranks = np.stack([[sorted(column).index(value) + 1 for value in column] for column in stack[0].T], axis=1)
    np.testing.assert_allclose(mean_of_ranks(stack[:1]), ranks / ranks.sum(axis=1, keepdims=True))


def test_weights_are_those_a_general_optimiser_finds():
    stack = drawn()
    truth = np.random.default_rng(1).integers(0, 4, 40)
    stack[0] = 0.7 * stack[0] + 0.3 * np.eye(4)[truth]  # the first knows more than the others
    weights = fit_weights(truth, stack)

    def loss(raw):
        return negative_log_likelihood(truth, mean_of_probabilities(stack, softmax(raw)))

    found = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"maxiter": 4000, "fatol": 1e-12}).fun
    assert weights.min() >= 0 and weights.sum() == pytest.approx(1)
    assert negative_log_likelihood(truth, mean_of_probabilities(stack, weights)) <= found + 2e-6


def test_a_member_that_is_always_surer_of_the_truth_takes_all():
    truth = np.arange(4)
    best, worse = 0.6 * np.eye(4) + 0.1, 0.2 * np.eye(4) + 0.2
    assert fit_weights(truth, np.stack([worse, best])).round(3).tolist() == [0, 1]


def test_members_and_their_weights_may_change_places_together():
    stack, weights, order = drawn(), np.array([0.5, 0.3, 0.2]), [2, 0, 1]
    pooled = mean_of_probabilities(stack, weights)
    np.testing.assert_allclose(mean_of_probabilities(stack[order], weights[order]), pooled)
    np.testing.assert_allclose(pooled.sum(axis=1), 1)
    assert not np.allclose(mean_of_probabilities(stack[order], weights), pooled)


def test_weights_count():
    stack = drawn(2)
    np.testing.assert_allclose(mean_of_probabilities(stack, [1, 0]), stack[0])


def test_what_is_no_stack_of_predictions_is_refused():
    with pytest.raises(InvalidInputError, match=r"members have the shape \(40, 4\); expected \(M, N, K\)"):
        mean_of_probabilities(drawn()[0])
    with pytest.raises(InvalidInputError, match="add up to 2 in row 0"):
        mean_of_logits(np.ones((1, 5, 2)))
