# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Inception-ResNet-v2: the published sizes of its maps, its scales, and where it is cut."""

from __future__ import annotations

import pytest
import torch
import torch.nn as nn

from monai_skin.networks.soft_attention import InceptionResNetV2Trunk
from tests.networks.soft_attention.counts import keras_parameters


@pytest.fixture(scope="module")
def trunk() -> InceptionResNetV2Trunk:
    """A trunk without numbers."""
    with torch.device("meta"):
        return InceptionResNetV2Trunk()


def test_the_trunk_has_the_published_size(trunk):
    assert keras_parameters(trunk) == 47_464_608


def test_maps_have_the_published_sizes(trunk):
    features, shapes = torch.empty(1, 3, 299, 299, device="meta"), {}
    for name, part in trunk.named_children():
        features = part(features)
        shapes[name.split("_branch")[0]] = (features.shape[1], *features.shape[2:])
    assert shapes["stem"] == (192, 35, 35)
    assert {shapes[f"block35_{block}"] for block in range(1, 11)} == {shapes["mixed_5b"]} == {(320, 35, 35)}
    assert {shapes[f"block17_{block}"] for block in range(1, 21)} == {shapes["mixed_6a"]} == {(1088, 17, 17)}
    assert {shapes[f"block8_{block}"] for block in range(1, 9)} == {shapes["mixed_7a"]} == {(2080, 8, 8)}
    assert shapes["block8_9"] == (InceptionResNetV2Trunk.channels, 8, 8)


@pytest.mark.parametrize(("name", "scale"), [("block35_10", 0.17), ("block17_1", 0.1), ("block8_8", 0.2)])
def test_a_block_adds_what_its_branches_give_in_the_published_measure(trunk, name, scale):
    block = getattr(trunk, name).to_empty(device="cpu")
    for tensor in (*block.parameters(), *block.buffers()):
        torch.nn.init.zeros_(tensor)  # every branch gives 0
    nn.init.constant_(block.up.bias, 2)
    features = torch.randn(1, block.up.out_channels, 3, 3)
    torch.testing.assert_close(block.eval()(features), (features + 2 * scale).relu())


def test_the_average_beside_the_first_branches_leaves_the_padding_out(trunk):
    average = next(part for part in trunk.mixed_5b.modules() if isinstance(part, nn.AvgPool2d))
    assert torch.equal(average(torch.ones(1, 1, 5, 5)), torch.ones(1, 1, 5, 5))


def test_batch_norms_have_no_scale_and_the_last_one_no_relu_behind_it(trunk):
    norms = [part for part in trunk.modules() if isinstance(part, nn.BatchNorm2d)]
    assert all(norm.weight is None and norm.bias is not None and norm.eps == 1e-3 for norm in norms)
    assert next(reversed(list(trunk.modules()))) is norms[-1]


def test_either_branch_may_be_cut_and_names_its_weights():
    with torch.device("meta"):
        states = [InceptionResNetV2Trunk(branch=branch).state_dict() for branch in (0, 1)]
        assert InceptionResNetV2Trunk().state_dict().keys() == states[0].keys()
    assert {name.split(".")[0] for name in states[0].keys() ^ states[1].keys()} == {
        "block8_9_branch_0",
        "block8_9_branch_1",
    }
    with pytest.raises(ValueError, match="branch must be 0 or 1, got 2"):
        InceptionResNetV2Trunk(branch=2)
