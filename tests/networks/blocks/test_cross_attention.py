# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Attention of one set of tokens over another."""

from __future__ import annotations

import pytest
import torch

from monai_skin.networks.blocks import CrossAttentionBlock


def block(**options: object) -> CrossAttentionBlock:
    torch.manual_seed(0)
    return CrossAttentionBlock(**{"width": 16, "heads": 4, "hidden": 32, **options}).eval()


def tokens(count: int, seed: int, batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, count, 16, generator=torch.Generator().manual_seed(seed))


def test_the_attention_of_width_512_has_the_parameters_of_four_projections():
    # query, key, value and output: 4 x (512 x 512 weights + 512 biases)
    whole = CrossAttentionBlock(width=512, heads=8)
    assert sum(p.numel() for p in whole.attention.parameters()) == 4 * (512 * 512 + 512) == 1_050_624


def test_weights_add_up_to_one_over_the_keys():
    weights = block().weights(tokens(3, 0), tokens(5, 1))
    assert weights.shape == (2, 4, 3, 5)
    assert weights.min() >= 0
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 4, 3))


def test_the_order_of_the_context_does_not_matter():
    query, context = tokens(3, 0), tokens(5, 1)
    shuffled = context[:, torch.tensor([3, 0, 4, 2, 1])]
    torch.testing.assert_close(block()(query, context), block()(query, shuffled))


def test_it_equals_attention_written_out_by_hand():
    layer, query, context = block(), tokens(3, 0, batch=1), tokens(5, 1, batch=1)
    inner = layer.attention
    q, k, v = (
        source @ weight.T + bias
        for source, weight, bias in zip(
            (layer.norm_query(query), *[layer.norm_context(context)] * 2),
            inner.in_proj_weight.chunk(3),
            inner.in_proj_bias.chunk(3),
            strict=True,
        )
    )
    heads = [
        torch.softmax(a @ b.transpose(1, 2) / 4**0.5, dim=-1) @ c  # 16 numbers in 4 heads: 4 a head
        for a, b, c in zip(q.split(4, dim=2), k.split(4, dim=2), v.split(4, dim=2), strict=True)
    ]
    seen = query + inner.out_proj(torch.cat(heads, dim=2))
    torch.testing.assert_close(layer(query, context), seen + layer.feed_forward(seen))


def test_one_key_is_refused_because_the_query_has_no_say_then():
    # softmax over one number is 1: this is what would be trained without the check
    layer = block()
    query = tokens(3, 0).requires_grad_()
    key = tokens(1, 1)
    weights = layer.attention(layer.norm_query(query), key, key, average_attn_weights=False)[1]
    assert torch.equal(weights, torch.ones_like(weights))
    layer.zero_grad()
    layer.attention(layer.norm_query(query), key, key)[0].sum().backward()
    assert float(layer.attention.in_proj_weight.grad[:16].abs().max()) == 0  # the query's projection
    with pytest.raises(ValueError, match="context is a single token; expected at least 2"):
        layer(query, key)
