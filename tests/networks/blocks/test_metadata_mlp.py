# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Age, sex and body site as one vector."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.networks.blocks import MetadataMLP, unknown_clinical


def module(**options: object) -> MetadataMLP:
    torch.manual_seed(0)
    return MetadataMLP(**{"num_sites": 5, "out_features": 16, **options}).eval()


NETWORK = module()
KNOWN = torch.tensor([[0.7, 0.0, 1.0, 3.0]])


def test_it_has_the_parameters_of_its_parts():
    # 3 sexes and 14 + 1 sites of 16 numbers; 16 + 16 + 2 -> 64 -> 128 with biases; scale and shift of the norm
    expected = (3 + 15) * 16 + (34 * 64 + 64) + (64 * 128 + 128) + 2 * 128
    assert sum(p.numel() for p in MetadataMLP(num_sites=14).parameters()) == expected == 11_104


@settings(deadline=None, max_examples=30)
@given(placeholder=st.floats(width=32), sex=st.integers(0, 2), site=st.integers(0, 5))
def test_what_stands_in_place_of_a_missing_age_does_not_matter(placeholder, sex, site):
    first, second = (NETWORK(torch.tensor([[age, 1.0, sex, site]])) for age in (0.0, placeholder))
    assert torch.equal(first, second)
    assert torch.isfinite(first).all()


def test_a_placeholder_that_is_no_number_leaves_the_gradient_a_number():
    network = module()
    network(torch.tensor([[math.nan, 1.0, 0.0, 0.0], [0.5, 0.0, 1.0, 1.0]])).square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())


@pytest.mark.parametrize("other", [[0.6, 0, 1, 3], [0.0, 1, 1, 3], [0.7, 0, 2, 3], [0.7, 0, 0, 3], [0.7, 0, 1, 0]])
def test_every_field_has_a_say(other):
    first, second = NETWORK(torch.tensor([KNOWN[0].tolist(), other]))
    assert not torch.allclose(first, second)


def test_the_average_age_and_a_missing_one_are_not_the_same():
    average, missing = NETWORK(torch.tensor([[0.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 2.0]]))
    assert not torch.allclose(average, missing)


def test_the_vector_is_normalised():
    vector = NETWORK(KNOWN)[0].detach()  # the norm begins with scale 1 and shift 0
    assert abs(float(vector.mean())) < 1e-5
    assert abs(float(vector.std(correction=0)) - 1) < 1e-2


def test_with_everything_hidden_training_equals_everything_unknown():
    network = module(field_dropout=1.0).train()
    assert torch.equal(network(KNOWN), network(unknown_clinical(1, KNOWN)))
    assert not torch.equal(network.eval()(KNOWN), network(unknown_clinical(1, KNOWN)))


def test_fields_are_hidden_each_by_itself_and_as_often_as_asked():
    network = module(field_dropout=0.5).train()
    seen, counts = network(KNOWN.expand(4000, 4)).unique(dim=0, return_counts=True)
    # three fields, each hidden or not: eight equally frequent rows of 500, standard deviation 21
    assert len(seen) == 8
    assert int((counts - 500).abs().max()) < 130


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="clinical has 3 numbers a row; expected 4"):
        NETWORK(torch.zeros(1, 3))
