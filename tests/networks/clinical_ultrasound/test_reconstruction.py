# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.networks.clinical_ultrasound import FeatureReconstruction, Rebuilt, choose_hidden

TOKENS, WIDTH = 49, 8
POLICIES = ("top", "random", "mixed")


def rebuild(policy: str = "mixed") -> tuple[Rebuilt, torch.Tensor, torch.Tensor, FeatureReconstruction]:
    torch.manual_seed(0)
    net = FeatureReconstruction(tokens=TOKENS, width=WIDTH, heads=4, hidden=12, policy=policy)
    clinical, ultrasound = (torch.randn(2, TOKENS, WIDTH, requires_grad=True) for _ in range(2))
    return (
        net(clinical, ultrasound, torch.rand(2, 2 * TOKENS), torch.randn(1, 2 * TOKENS, WIDTH)),
        clinical,
        ultrasound,
        net,
    )


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 30), st.data(), st.sampled_from(POLICIES))
def test_as_many_places_are_chosen_as_asked_for_each_once(tokens, data, policy):
    count = data.draw(st.integers(1, tokens - 1))
    places = choose_hidden(torch.rand(3, tokens), count, policy)
    assert places.shape == (3, count)
    assert all(len(set(row)) == count and set(row) <= set(range(tokens)) for row in places.tolist())


def test_the_top_are_those_with_the_largest_scores():
    scores = torch.tensor([[0.1, 0.9, 0.3, 0.8], [0.9, 0.1, 0.2, 0.3]])
    assert [set(row) for row in choose_hidden(scores, 2, "top").tolist()] == [{1, 3}, {0, 3}]


def test_of_a_mixed_choice_half_are_always_the_top_and_the_rest_vary():
    scores = torch.arange(10.0)[None]
    torch.manual_seed(0)
    drawn = [set(choose_hidden(scores, 5, "mixed")[0].tolist()) for _ in range(40)]
    assert all({8, 9} <= places for places in drawn), "half of 5, rounded down"
    assert set.union(*drawn) == set(range(10))
    assert set.intersection(*drawn) == {8, 9}


def test_a_random_choice_does_not_look_at_the_scores():
    found = []
    for scores in (torch.arange(10.0), -torch.arange(10.0)):
        torch.manual_seed(0)
        found.append(choose_hidden(scores[None], 5, "random"))
    assert torch.equal(*found)


@pytest.mark.parametrize("policy", POLICIES)
def test_three_tenths_of_49_tokens_are_15_of_each_picture(policy):
    rebuilt = rebuild(policy)[0]
    assert rebuilt.places.shape == (2, 30) and rebuilt.found.shape == rebuilt.truth.shape == (2, 30, WIDTH)
    assert (rebuilt.places < TOKENS).sum(dim=1).tolist() == [15, 15]


def test_hidden_tokens_are_replaced_by_the_rebuilt_ones_and_no_others():
    rebuilt, clinical, ultrasound, _ = rebuild()
    whole, tokens = torch.cat([rebuilt.clinical, rebuilt.ultrasound], dim=1), torch.cat([clinical, ultrasound], dim=1)
    for row in range(2):
        places = rebuilt.places[row]
        assert torch.equal(whole[row, places], rebuilt.found[row])
        assert torch.equal(tokens[row, places], rebuilt.truth[row])
        others = [place for place in range(2 * TOKENS) if place not in set(places.tolist())]
        assert torch.equal(whole[row, others], tokens[row, others])


def test_no_gradient_goes_to_what_is_to_be_rebuilt_and_none_from_a_token_that_is_hidden():
    rebuilt, clinical, _, net = rebuild()
    assert not rebuilt.truth.requires_grad
    rebuilt.found.sum().backward()
    own = rebuilt.places[0][rebuilt.places[0] < TOKENS]
    assert not clinical.grad[0, own].any() and clinical.grad[0].any()
    assert net.mask.grad.any()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"policy": "best"}, "policy must be one of top, random, mixed, got 'best'"),
        ({"share": 0.001}, "share must hide at least one token of 49 and leave one, got 0.001"),
        ({"share": 1.0}, "leave one, got 1.0"),
    ],
)
def test_arguments_that_hide_nothing_or_everything_are_refused(words, message):
    with pytest.raises(ValueError, match=message):
        FeatureReconstruction(tokens=49, width=8, heads=2, hidden=8, **words)
