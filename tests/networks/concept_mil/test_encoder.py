# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The layers each concept goes through: their size, their first weights, who touches whom."""

from __future__ import annotations

import pytest
import torch

from monai_skin.networks.concept_mil import LocalConceptEncoder

BAG = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))


def encoder(**options: int) -> LocalConceptEncoder:
    torch.manual_seed(0)
    return LocalConceptEncoder(**{"concept_width": 8, "width": 6, **options}).eval()


@pytest.mark.parametrize(("kernel", "parameters"), [(1, 131_584), (3, 393_728)])
def test_it_has_the_parameters_of_two_convolutions(kernel, parameters):
    # 2 * (256 * 256 * kernel + 256)
    assert sum(p.numel() for p in LocalConceptEncoder(kernel_size=kernel).parameters()) == parameters


def test_a_concept_worked_by_hand():
    layers = encoder(concept_width=1, width=1)
    for layer, weight, bias in ((layers.first, -2.0, 1.0), (layers.second, 3.0, -1.0)):
        torch.nn.init.constant_(layer.convolution.weight, weight)
        torch.nn.init.constant_(layer.convolution.bias, bias)
    # 3 -> -5 -> 0.2 * -5 = -1 -> -4 -> 0.2 * -4; -1 -> 3 -> 8
    torch.testing.assert_close(layers(torch.tensor([[[3.0], [-1.0]]])), torch.tensor([[[-0.8], [8.0]]]))


def test_biases_begin_at_zero_and_weights_evenly_within_kaimings_bound():
    layers = LocalConceptEncoder()
    for layer in (layers.first.convolution, layers.second.convolution):
        bound = (6 / 256) ** 0.5  # sqrt(6 / inputs)
        assert not layer.bias.any()
        assert 0.99 * bound < layer.weight.abs().max() <= bound
        # the standard deviation of an even distribution within the bound
        assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)


@pytest.mark.parametrize(("kernel", "touched"), [(1, [False, False, True, False, False]), (3, [True] * 5)])
def test_with_kernel_1_concepts_do_not_touch_each_other(kernel, touched):
    other = BAG.clone()
    other[:, 2] += 1
    layers = encoder(kernel_size=kernel)
    assert (layers(BAG) != layers(other)).any(dim=2)[0].tolist() == touched


@pytest.mark.parametrize("kernel", [1, 3])
def test_empty_places_at_the_end_change_nothing_whatever_stands_in_them(kernel):
    layers = encoder(kernel_size=kernel)
    mask = torch.tensor([[True, True, True, False, False]] * 2)
    torch.testing.assert_close(layers(BAG, mask)[:, :3], layers(BAG[:, :3]))


def test_another_kernel_is_refused():
    with pytest.raises(ValueError, match="kernel_size must be 1 or 3, got 2"):
        LocalConceptEncoder(kernel_size=2)
