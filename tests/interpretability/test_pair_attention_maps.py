# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Attention of the network of pairs as maps."""

from __future__ import annotations

import pytest
import torch

from monai_skin.errors import UsageError
from monai_skin.interpretability import (
    global_attention_map,
    global_attention_streams,
    local_attention_map,
    local_attention_streams,
)
from tests.networks.clinical_ultrasound.networks import GRID, make_net, pair

BOTH = ("image", "ultrasound")


def given() -> dict[str, torch.Tensor]:
    return dict(zip(BOTH, pair(side=32), strict=True))


@pytest.mark.parametrize(
    ("parts", "local", "summary"),
    [("concatenation", (), ()), ("+ALL", BOTH, ()), ("+AGL", (), BOTH), ("+AL+FRL", BOTH, BOTH)],
)
def test_a_network_has_the_maps_of_its_parts(parts, local, summary):
    network = make_net(parts)
    assert local_attention_streams(network) == local and global_attention_streams(network) == summary
    assert local_attention_streams(torch.nn.Identity()) == global_attention_streams(torch.nn.Identity()) == ()


@pytest.mark.parametrize("stream", BOTH)
def test_local_maps_add_up_to_one_and_leave_the_network_in_training(stream):
    network = make_net()
    heat = local_attention_map(network, given(), stream)
    assert heat.shape == (2, GRID, GRID) and network.training
    torch.testing.assert_close(heat.sum(dim=(1, 2)), torch.ones(2))


def test_the_summary_spends_its_attention_on_both_pictures_and_itself():
    network = make_net()
    total = sum(global_attention_map(network, given(), stream).sum(dim=(1, 2)) for stream in BOTH)
    assert bool((total > 0).all()) and bool((total < 1).all())


def test_what_is_looked_at_is_the_picture_that_is_named():
    """A place is looked at by its content, so another content of one picture moves the map of that one first."""
    network, one = make_net("+ALL").eval(), given()
    other = {**one, "ultrasound": one["ultrasound"].flip(2)}
    maps = {stream: [local_attention_map(network, pictures, stream) for pictures in (one, other)] for stream in BOTH}
    moved = {stream: float((before - after).abs().sum()) for stream, (before, after) in maps.items()}
    assert moved["ultrasound"] > moved["image"]


def test_a_network_without_it_says_so():
    for draw, parts in ((local_attention_map, "+AGL"), (global_attention_map, "+ALL")):
        with pytest.raises(UsageError, match="stream is 'image'; expected a network of pairs with such attention"):
            draw(make_net(parts), given(), "image")
    with pytest.raises(UsageError, match="stream is 'segmented'; expected 'image' or 'ultrasound'"):
        local_attention_map(make_net(), given(), "segmented")
