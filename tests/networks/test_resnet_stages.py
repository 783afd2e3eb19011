# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from monai.networks.nets import ResNet

from monai_skin.networks import PRETRAINED, ResNetMapEncoder, ResNetStageEncoder, match_weights

IMAGE = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def test_each_stage_halves_the_map_and_the_last_is_that_of_the_one_map_encoder():
    torch.manual_seed(0)
    staged = ResNetStageEncoder(layers=[1, 1, 1, 1], widths=[4, 4, 4, 8]).eval()
    whole = ResNetMapEncoder(layers=[1, 1, 1, 1], widths=[4, 4, 4, 8]).eval()
    whole.load_state_dict(staged.state_dict())
    with torch.no_grad():
        maps = staged(IMAGE)
        torch.testing.assert_close(maps[3], whole(IMAGE))
    assert [tuple(one.shape) for one in maps] == [(2, 16, 16, 16), (2, 16, 8, 8), (2, 16, 4, 4), (2, 32, 2, 2)]
    assert staged.channels == (16, 16, 16, 32)


def test_stages_run_one_by_one_are_the_whole_network_of_monai():
    torch.manual_seed(0)
    staged = ResNetStageEncoder(block="basic", layers=[1, 2, 1, 1], widths=[8, 8, 8, 16]).eval()
    monai = ResNet(
        "basic", [1, 2, 1, 1], [8, 8, 8, 16], spatial_dims=2, n_input_channels=3, conv1_t_stride=2, num_classes=5,
        bias_downsample=False,
    ).eval()  # fmt: skip
    monai.load_state_dict(staged.state_dict(), strict=False)
    with torch.no_grad():
        last = staged.layer4(staged.layer3(staged.layer2(staged.stage1(IMAGE))))
        torch.testing.assert_close(monai.fc(last.mean(dim=(2, 3))), monai(IMAGE))


def test_without_stride_and_pooling_in_front_a_small_picture_keeps_its_map():
    net = ResNetStageEncoder(block="basic", layers=[1, 1, 1, 1], widths=[16, 16, 16, 16], stem_stride=1, max_pool=False)
    assert [one.shape[2] for one in net(IMAGE[:, :, :56, :56])] == [56, 28, 14, 7]


@pytest.mark.parametrize(
    ("name", "block", "layers", "parameters"),
    [
        # He et al., 2016, without the layer of a thousand classes: 11,689,512 - 513,000; 21,797,672 - 513,000;
        # 25,557,032 - 2,049,000
        ("resnet18", "basic", [2, 2, 2, 2], 11_176_512),
        ("resnet34", "basic", [3, 4, 6, 3], 21_284_672),
        ("resnet50", "bottleneck", [3, 4, 6, 3], 23_508_032),
    ],
)
def test_the_published_sizes_have_the_published_numbers_of_weights(name, block, layers, parameters):
    with torch.device("meta"):
        net = ResNetStageEncoder(block=block, layers=layers)
    assert sum(one.numel() for one in net.parameters()) == parameters
    state = net.state_dict()
    assert {"conv1.weight", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight"} <= set(state)
    found = match_weights(net, state, published_name=PRETRAINED[name].published_name, source=name)
    assert found.keys() == state.keys()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"block": "wide"}, "block must be one of"),
        ({"layers": [1, 1]}, "four numbers each"),
        ({"block": "basic", "widths": [4, 8, 8, 8]}, "at least 8 channels, got"),
    ],
)
def test_arguments_that_make_no_resnet_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        ResNetStageEncoder(**wrong)
