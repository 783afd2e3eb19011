# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Concepts look at the image: PyTorch's attention as oracle, and who has a say."""

from __future__ import annotations

import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

from monai_skin.networks.concept_mil import ConceptCrossAttention

GENERATOR = torch.Generator().manual_seed(0)
LOCAL = torch.randn(2, 5, 16, generator=GENERATOR)
POSITIONS = torch.randn(2, 7, 16, generator=GENERATOR)
MASK = torch.tensor([[True] * 5, [True, True, True, False, False]])


def attention(**options: object) -> ConceptCrossAttention:
    torch.manual_seed(1)
    return ConceptCrossAttention(**{"width": 16, "heads": 4, **options}).eval()


def test_it_has_the_parameters_of_four_projections_without_bias_a_norm_and_two_layers():
    # 4 * 256 * 256; 2 * 256; 256 * 1,024 + 1,024 and 1,024 * 256 + 256
    with torch.device("meta"):
        assert sum(p.numel() for p in ConceptCrossAttention().parameters()) == 262_144 + 526_080


def test_it_is_pytorchs_attention_then_a_residual_feed_forward_layer():
    ours = attention()
    oracle = nn.MultiheadAttention(16, 4, bias=False, batch_first=True)
    with torch.no_grad():
        oracle.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]))
        oracle.out_proj.weight.copy_(ours.map.weight)
        seen, weights = oracle(LOCAL, POSITIONS, POSITIONS, average_attn_weights=False)
        between = LOCAL + seen
        norm, wide, _, narrow = ours.feed_forward
        expected = between + narrow(F.gelu(wide(norm(between))))
        found, found_weights = ours(LOCAL, POSITIONS)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(found_weights, weights)


def test_the_weights_of_a_concept_add_up_to_1_over_14_by_14_positions():
    weights = attention(heads=8)(LOCAL, torch.randn(2, 196, 16))[1]
    assert weights.shape == (2, 8, 5, 196)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 8, 5))


def test_over_a_single_position_what_a_concept_reads_does_not_depend_on_the_concept():
    layer = attention()
    nn.init.zeros_(layer.feed_forward[-1].weight)
    tokens, weights = layer(LOCAL, POSITIONS[:, :1])
    read = tokens - LOCAL
    assert torch.equal(weights, torch.ones(2, 4, 5, 1))
    torch.testing.assert_close(read, read[:, :1].expand_as(read))


def test_positions_may_change_places():
    order = torch.randperm(7, generator=GENERATOR)
    torch.testing.assert_close(attention()(LOCAL, POSITIONS[:, order])[0], attention()(LOCAL, POSITIONS)[0])


def test_with_nothing_mapped_and_nothing_fed_forward_concepts_pass_unchanged():
    layer = attention()
    nn.init.zeros_(layer.map.weight)
    nn.init.zeros_(layer.feed_forward[-1].weight)
    assert torch.equal(layer(LOCAL, POSITIONS)[0], LOCAL)


def test_over_all_the_weights_of_the_concepts_that_are_there_add_up_to_1():
    layer = attention(softmax_over="all")
    weights = layer(LOCAL, POSITIONS, MASK)[1]
    torch.testing.assert_close(weights.sum(dim=(-2, -1)), torch.ones(2, 4))
    assert not weights[1, :, 3:].any()
    torch.testing.assert_close(layer(LOCAL, POSITIONS, MASK)[0][1:, :3], layer(LOCAL[1:, :3], POSITIONS[1:])[0])


def test_normalised_in_front_the_scale_of_the_image_has_no_say():
    def read(layer: ConceptCrossAttention, factor: float) -> torch.Tensor:
        return layer(LOCAL, factor * POSITIONS)[1]

    torch.testing.assert_close(
        read(attention(pre_norm=True), 10), read(attention(pre_norm=True), 1), rtol=1e-3, atol=1e-4
    )
    assert not torch.allclose(read(attention(), 10), read(attention(), 1), atol=1e-2)


def test_dropout_works_in_training_only_and_on_what_was_read():
    layer = attention(dropout=1.0)
    nn.init.zeros_(layer.feed_forward[-1].weight)
    assert not torch.equal(layer(LOCAL, POSITIONS)[0], LOCAL)
    assert torch.equal(layer.train()(LOCAL, POSITIONS)[0], LOCAL)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"softmax_over": "heads"}, "softmax_over must be one of keys, all, got 'heads'"),
        ({"heads": 3}, "heads must divide the width 16, got 3"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options, problem):
    with pytest.raises(ValueError, match=problem):
        attention(**options)
