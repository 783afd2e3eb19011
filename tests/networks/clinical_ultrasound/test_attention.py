# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from monai_skin.networks.clinical_ultrasound import MultiHeadAttention, TransformerLayer

QUERY = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))
CONTEXT = torch.randn(2, 7, 8, generator=torch.Generator().manual_seed(1))


def copied(ours: MultiHeadAttention) -> torch.nn.MultiheadAttention:
    theirs = torch.nn.MultiheadAttention(8, ours.heads, batch_first=True)
    parts = (ours.query, ours.key, ours.value)
    theirs.in_proj_weight.data = torch.cat([part.weight.data for part in parts])
    theirs.in_proj_bias.data = torch.cat([part.bias.data for part in parts])
    theirs.out_proj.load_state_dict(ours.out.state_dict())
    return theirs.eval()


def test_it_is_the_attention_of_pytorch():
    ours = MultiHeadAttention(width=8, heads=4).eval()
    seen, weights = ours(QUERY, CONTEXT)
    expected, expected_weights = copied(ours)(QUERY, CONTEXT, CONTEXT, average_attn_weights=False)
    torch.testing.assert_close(seen, expected)
    torch.testing.assert_close(weights, expected_weights)


def test_weights_are_from_before_the_dropout_so_that_they_add_up_to_one_in_training_too():
    ours = MultiHeadAttention(width=8, heads=4, dropout=0.9).train()
    _, weights = ours(QUERY, CONTEXT)
    assert weights.shape == (2, 4, 5, 7)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 4, 5))


def test_a_layer_is_that_of_pytorch_with_the_norm_in_front():
    ours = TransformerLayer(width=8, heads=4, hidden=12).eval()
    theirs = torch.nn.TransformerEncoderLayer(8, 4, 12, activation="gelu", batch_first=True, norm_first=True).eval()
    theirs.self_attn.load_state_dict(copied(ours.attention).state_dict())
    theirs.norm1.load_state_dict(ours.norm.state_dict())
    theirs.norm2.load_state_dict(ours.feed_forward[0].state_dict())
    theirs.linear1.load_state_dict(ours.feed_forward[1].state_dict())
    theirs.linear2.load_state_dict(ours.feed_forward[4].state_dict())
    torch.testing.assert_close(ours(QUERY)[0], theirs(QUERY))


def test_a_width_the_heads_do_not_divide_is_refused():
    with pytest.raises(ValueError, match="multiple of heads, got 8 and 3"):
        MultiHeadAttention(width=8, heads=3)
