# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Metadata tokens over the tokens of an image map."""

from __future__ import annotations

import math

import pytest
import torch

from monai_skin.networks.blocks import MetadataCrossAttention, unknown_clinical

FEATURES = torch.randn(2, 6, 3, 2, generator=torch.Generator().manual_seed(0))
CLINICAL = torch.tensor([[0.3, 0.0, 1.0, 2.0], [0.0, 1.0, 0.0, 0.0]])


def module(**options: object) -> MetadataCrossAttention:
    torch.manual_seed(0)
    return MetadataCrossAttention(**{"image_channels": 6, "num_sites": 5, "width": 8, "heads": 2, **options}).eval()


def test_each_of_four_tokens_spreads_a_weight_of_one_over_the_map():
    weights = module().weights(FEATURES, CLINICAL)
    assert weights.shape == (2, 2, 4, 3, 2)
    assert weights.min() >= 0
    torch.testing.assert_close(weights.sum(dim=(-2, -1)), torch.ones(2, 2, 4))


def test_a_weight_lies_where_its_place_is_in_the_map():
    # one place attracts: with identity projections its logit is large, so every query looks there
    layer = module(width=6, heads=1)
    features = torch.zeros(1, 6, 3, 2)
    features[0, :, 2, 1] = torch.tensor([5.0, -5.0, 0.0, 0.0, 0.0, 0.0])
    weights = layer.weights(features, CLINICAL[:1])
    others = weights.flatten(3)[..., :5]
    torch.testing.assert_close(others, others[..., :1].expand_as(others))  # five equal places, equal weights
    assert not torch.allclose(weights[..., 2, 1], others[..., 0])


@pytest.mark.parametrize("bidirectional", [False, True])
def test_where_something_lies_in_the_map_does_not_matter(bidirectional):
    layer = module(bidirectional=bidirectional)
    torch.testing.assert_close(layer(FEATURES, CLINICAL), layer(FEATURES.flip(-1).transpose(-1, -2), CLINICAL))


def test_both_directions_give_twice_the_numbers_and_all_of_it_learns():
    layer = module(bidirectional=True).train()
    out = layer(FEATURES, CLINICAL)
    assert out.shape == (2, layer.out_features) == (2, 16)
    (out * torch.randn(out.shape, generator=torch.Generator().manual_seed(1))).sum().backward()
    assert [name for name, p in layer.named_parameters() if p.grad is None] == []


def test_metadata_and_picture_both_have_a_say():
    layer = module()
    out = layer(FEATURES, CLINICAL)
    assert out.shape == (2, layer.out_features) == (2, 8)
    assert not torch.allclose(out, layer(FEATURES + torch.arange(6.0)[:, None, None], CLINICAL))
    assert not torch.allclose(out[0], layer(FEATURES, unknown_clinical(2, FEATURES))[0])


def test_what_stands_in_place_of_a_missing_age_does_not_matter():
    layer = module()
    for placeholder in (math.nan, 999.0, -math.inf):
        given = CLINICAL.clone()
        given[1, 0] = placeholder
        assert torch.equal(layer(FEATURES, given), layer(FEATURES, CLINICAL))


def test_a_map_of_a_single_place_is_refused():
    with pytest.raises(ValueError, match="context is a single token; expected at least 2"):
        module()(FEATURES[:, :, :1, :1], CLINICAL)
