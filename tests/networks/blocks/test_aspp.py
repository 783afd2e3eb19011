# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The atrous pyramid keeps the map's size."""

from __future__ import annotations

import pytest
import torch

from monai_skin.networks.blocks import AtrousPyramid


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (6, 11)])
def test_output_has_the_size_of_the_input(size):
    pyramid = AtrousPyramid(in_channels=4, out_channels=6).eval()
    assert pyramid(torch.randn(2, 4, *size)).shape == (2, 6, *size)


def test_the_pooled_branch_sees_the_whole_map():
    pyramid = AtrousPyramid(in_channels=1, out_channels=2, rates=(1,)).eval()
    for parameter in pyramid.parameters():
        torch.nn.init.ones_(parameter)  # so that no ReLU closes by chance
    image = torch.zeros(1, 1, 9, 9)
    far = image.clone()
    far[0, 0, 8, 8] = 100.0
    # the corner is out of reach of every 3x3 window at the centre
    assert not torch.equal(pyramid(image)[..., 4, 4], pyramid(far)[..., 4, 4])


@pytest.mark.parametrize("rates", [(2, 4, 6), (1, 3)])
def test_each_rate_is_the_distance_at_which_a_branch_looks(rates):
    pyramid = AtrousPyramid(in_channels=1, out_channels=1, rates=rates)
    for rate, branch in zip(rates, pyramid.dilated, strict=True):
        image = torch.zeros(1, 1, 15, 15, requires_grad=True)
        branch[0](image)[0, 0, 7, 7].backward()
        seen = {7 - rate, 7, 7 + rate}
        assert {tuple(place) for place in image.grad[0, 0].nonzero().tolist()} == {(y, x) for y in seen for x in seen}


@pytest.mark.parametrize("rates", [(), (0, 2)])
def test_rates_that_are_no_dilations_are_refused(rates):
    with pytest.raises(ValueError, match="positive dilations"):
        AtrousPyramid(in_channels=1, rates=rates)
