# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Attention as a map."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.errors import InvalidInputError
from monai_skin.interpretability import attention_over_image, attention_rollout
from tests.interpretability.small_classifiers import drawn, dual_encoder, image_metadata, patients


def layers(count: int, seed: int = 0) -> list[torch.Tensor]:
    return list(drawn(count, 2, 3, 5, 5, seed=seed).softmax(dim=4))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.integers(1, 6))
def test_every_row_adds_up_to_1(seed, count):
    flow = attention_rollout(layers(count, seed))
    assert flow.shape == (2, 5, 5)
    assert (flow >= 0).all()
    torch.testing.assert_close(flow.sum(dim=2), torch.ones(2, 5))


def test_tokens_that_look_at_themselves_stay_where_they_are():
    identity = torch.eye(5).expand(2, 3, 5, 5)
    assert torch.equal(attention_rollout([identity] * 4), torch.eye(5).expand(2, 5, 5))


def test_the_last_layer_is_multiplied_from_the_left_and_half_stays_in_place():
    # layer 1: both tokens look at token 0; layer 2: token 0 looks at 1 and 1 at itself
    first, last = torch.tensor([[1.0, 0], [1, 0]]), torch.tensor([[0.0, 1], [0, 1]])
    # halves: [[1, 0], [1/2, 1/2]] and [[1/2, 1/2], [0, 1]]; last times first is [[3/4, 1/4], [1/2, 1/2]]
    flow = attention_rollout([first[None, None], last[None, None]])
    torch.testing.assert_close(flow, torch.tensor([[[0.75, 0.25], [0.5, 0.5]]]))


def test_heads_are_averaged():
    one = layers(1)[0]
    mean = one.mean(dim=1, keepdim=True)
    torch.testing.assert_close(attention_rollout([one]), (mean[:, 0] + torch.eye(5)) / 2)


def test_the_dual_encoder_s_attention_is_a_map_of_the_lesion():
    inputs = patients()
    weights = dual_encoder().cross_attention(inputs["image"], inputs["segmented"])["o2s"]
    seen = attention_over_image(weights, (2, 3))
    torch.testing.assert_close(seen.sum(dim=(1, 2)), torch.ones(2))
    torch.testing.assert_close(seen[1, 1, 2], weights[1, :, :, 5].mean())


def test_each_field_of_the_metadata_has_a_map():
    inputs = patients()
    weights = image_metadata("cross_attention").cross_attention(inputs["image"], inputs["clinical"])
    for field in range(4):
        seen = attention_over_image(weights.flatten(3), (2, 3), query=field)
        torch.testing.assert_close(seen, weights[:, :, field].mean(dim=1))


def test_what_is_no_attention_is_refused():
    with pytest.raises(InvalidInputError, match="attentions are empty; expected one a layer"):
        attention_rollout([])
    for odd in (torch.full((2, 3, 5, 4), 0.25), torch.full((2, 3, 4, 4), 0.25)):
        with pytest.raises(InvalidInputError, match=r"attentions have shape .* in layer 1; expected \(B, heads, N"):
            attention_rollout([layers(1)[0], odd])
    with pytest.raises(InvalidInputError, match=r"attentions have shape \(2, 3, 5, 4\) in layer 0"):
        attention_rollout([torch.full((2, 3, 5, 4), 0.25)])
    for rows in (torch.ones(2, 3, 5, 5), torch.full((2, 3, 5, 5), float("nan"))):
        with pytest.raises(InvalidInputError, match="rollout: rows do not all add up to 1; expected weights behind"):
            attention_rollout([rows])
    even = torch.full((1, 2, 4, 6), 1 / 6)
    with pytest.raises(InvalidInputError, match=r"weights have shape \(1, 2, 4, 6\); expected \(B, heads, N, 9\) for"):
        attention_over_image(even, (3, 3))
    with pytest.raises(InvalidInputError, match="query is 4; expected 0 to 3"):
        attention_over_image(even, (2, 3), query=4)
    with pytest.raises(InvalidInputError, match="attention: rows do not all add up to 1"):
        attention_over_image(even * 2, (2, 3))
