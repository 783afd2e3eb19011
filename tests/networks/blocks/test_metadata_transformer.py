# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Age, sex and body site as tokens."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.networks.blocks import MetadataTransformer, unknown_clinical


def module(**options: object) -> MetadataTransformer:
    torch.manual_seed(0)
    return MetadataTransformer(**{"num_sites": 5, "width": 16, "heads": 2, "hidden": 32, **options}).eval()


NETWORK = module()
rows = st.tuples(
    st.floats(-3, 3, width=32), st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0, 2.0]), st.integers(0, 5)
)


def test_a_layer_of_width_128_has_the_parameters_of_its_parts():
    # attention 4 x (128 x 128 + 128), two norms of 2 x 128, feed-forward 128 -> 256 -> 128 with biases
    layer = MetadataTransformer(num_sites=14).encoder.layers[0]
    expected = 4 * (128 * 128 + 128) + 2 * 2 * 128 + (128 * 256 + 256) + (256 * 128 + 128)
    assert sum(p.numel() for p in layer.parameters()) == expected == 132_480


@settings(deadline=None, max_examples=30)
@given(row=rows, placeholder=st.sampled_from([0.0, 999.0, -1e30, math.nan, math.inf]))
def test_what_stands_in_place_of_a_missing_age_does_not_matter(row, placeholder):
    _, _, sex, site = row
    known = torch.tensor([[0.0, 1.0, sex, site], [placeholder, 1.0, sex, site]])
    first, second = NETWORK(known)
    assert torch.equal(first, second)
    assert torch.isfinite(first).all()


def test_the_average_age_and_a_missing_one_are_not_the_same():
    average, missing = NETWORK(torch.tensor([[0.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 2.0]]))
    assert not torch.allclose(average, missing)


def test_a_placeholder_that_is_no_number_leaves_the_gradient_a_number():
    network = module()
    network(torch.tensor([[math.nan, 1.0, 0.0, 0.0], [0.5, 0.0, 1.0, 1.0]])).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)


def test_everything_unknown_gives_numbers_and_is_what_the_default_means():
    given_ = unknown_clinical(3, torch.zeros(1))
    assert given_.tolist() == [[0.0, 1.0, 0.0, 0.0]] * 3
    out = NETWORK(given_)
    assert out.shape == (3, 16)
    assert torch.isfinite(out).all()


def test_the_order_of_the_fields_does_not_matter_since_each_carries_its_own_mark():
    tokens = NETWORK.tokens(torch.tensor([[0.3, 0.0, 2.0, 4.0]]))
    shuffled = tokens[:, torch.tensor([0, 3, 1, 2])]
    torch.testing.assert_close(NETWORK.encoder(tokens)[:, 0], NETWORK.encoder(shuffled)[:, 0])


def test_fields_are_hidden_in_training_only_and_as_often_as_asked():
    network = module(field_dropout=0.25, dropout=0.0)
    known = torch.tensor([[0.7, 0.0, 1.0, 3.0]]).expand(4000, 4)
    assert network.tokens(known).unique(dim=0).shape[0] == 1
    network.train()
    tokens = network.tokens(known)
    hidden = network.eval().tokens(unknown_clinical(1, known))
    for place in (1, 2, 3):
        share = (tokens[:, place] == hidden[:, place]).all(dim=1).float().mean()
        assert abs(float(share) - 0.25) < 0.04  # six standard deviations of 4,000 draws


def test_with_everything_hidden_training_equals_everything_unknown():
    network = module(field_dropout=1.0, dropout=0.0).train()
    known = torch.tensor([[0.7, 0.0, 1.0, 3.0]])
    assert torch.equal(network(known), network(unknown_clinical(1, known)))


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="clinical has 3 numbers a row; expected 4"):
        NETWORK(torch.zeros(1, 3))
