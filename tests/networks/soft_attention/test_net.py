# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The classifiers of the soft-attention paper: published sizes, and any other trunk with the same block."""

from __future__ import annotations

import pytest
import torch
import torch.nn as nn

from monai_skin.networks import SoftAttentionNet
from monai_skin.networks.blocks import SoftAttentionBlock
from tests.networks.soft_attention.counts import keras_parameters


def small_trunk() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 6, 3, stride=8, padding=1), nn.BatchNorm2d(6), nn.ReLU())


def small_network(**options) -> SoftAttentionNet:
    torch.manual_seed(0)
    return SoftAttentionNet(trunk=small_trunk(), trunk_channels=6, **options)


# inputs of the first layer of the head: 4 x 4 cells of twice 192, 128 and, in VGG16's last group, 512 channels
@pytest.mark.parametrize(
    ("backbone", "count", "inputs"),
    [
        ("vgg16", 62_650_711, 8_192),
        ("resnet34", 31_414_167, 512),
        ("resnet50", 23_911_319, 4_096),
        ("inception_resnet_v2", 47_535_287, 6_144),
        ("densenet201", 17_477_463, 4_096),
    ],
)
def test_with_attention_a_network_has_the_published_size(backbone, count, inputs):
    with torch.device("meta"):
        network = SoftAttentionNet(backbone=backbone)
    assert keras_parameters(network) == count
    assert network.head[0].in_features == inputs
    if backbone == "inception_resnet_v2":
        assert sum(p.numel() for p in network.parameters()) == 47_480_887


def test_the_published_baseline_flattens_the_map_as_it_is():
    with torch.device("meta"):
        network = SoftAttentionNet(backbone="inception_resnet_v2", attention=False)
    assert keras_parameters(network) == 47_550_631
    assert network.head[0].in_features == 12_288


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("backbone", ["vgg16", "resnet34"])
def test_with_layers_behind_the_block_both_variants_have_the_same_grid(backbone, attention):
    with torch.device("meta"):
        options = {"attention": attention, "in_channels": 1, "num_classes": 3, "image_size": (96, 128)}
        network = SoftAttentionNet(backbone=backbone, pool="flatten", **options)
        assert network.head[0].in_features == 512 * {"vgg16": 2 * 2, "resnet34": 3 * 4}[backbone]
        assert network(torch.empty(2, 1, 96, 128)).shape == (2, 3)


def test_resnet50_averages_images_of_any_size():
    with torch.device("meta"):
        network, image = SoftAttentionNet(backbone="resnet50"), torch.empty(2, 3, 64, 96)
        assert network(image).shape == (2, 7)
        assert network.attention_maps(image).shape == (2, 16, 2, 3)


def test_a_given_trunk_carries_the_block_and_averages_maps_of_any_size():
    network = small_network(num_classes=4).eval()
    with torch.no_grad():
        for size in ((64, 64), (72, 40)):
            image = torch.randn(2, 3, *size)
            features = network.trunk(image)
            expected = network.head(network.block(features).mean(dim=(2, 3)))
            torch.testing.assert_close(network(image), expected)
            assert torch.equal(network.attention_maps(image), network.block.maps(features))


def test_the_arguments_of_the_block_reach_it():
    block = small_network(heads=5, mode="repo", use_gamma=True, dropout=0.25).block
    assert isinstance(block, SoftAttentionBlock)
    assert block.attention.score.kernel.shape == (6, 3, 3, 1, 5)
    assert block.attention.gamma is not None
    assert block.dropout.p == 0.25


def test_a_flattened_map_takes_one_size_of_image_and_names_another():
    network = small_network(pool="flatten", image_size=(64, 72)).eval()  # 8 x 9 cells, pooled to 4 x 5, twice 6 wide
    assert network.head[0].in_features == 4 * 5 * 12
    assert network(torch.zeros(1, 3, 64, 72)).shape == (1, 7)
    with pytest.raises(ValueError, match="image of 64 x 64 gives 192 features; expected 240"):
        network(torch.zeros(1, 3, 64, 64))


def test_building_leaves_the_trunk_and_the_random_numbers_as_they_were():
    trunk = small_trunk()
    before = {name: tensor.clone() for name, tensor in trunk.state_dict().items()}
    torch.manual_seed(0)
    averaging = SoftAttentionNet(trunk=trunk, trunk_channels=6, image_size=(16, 16))
    after_averaging = torch.rand(1)
    torch.manual_seed(0)
    flat = SoftAttentionNet(trunk=trunk, trunk_channels=6, image_size=(16, 16), pool="flatten")
    assert averaging.head[0].in_features == flat.head[0].in_features == 12  # 2 x 2 cells, pooled to one
    assert torch.equal(after_averaging, torch.rand(1))
    assert all(torch.equal(tensor, before[name]) for name, tensor in trunk.state_dict().items())


@pytest.mark.parametrize("options", [{}, {"attention": False}, {"mode": "repo", "use_gamma": True}])
def test_every_parameter_learns_and_the_script_gives_the_same_logits(options):
    network = small_network(**options)
    image = torch.randn(2, 3, 64, 64)
    network(image).square().mean().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []
    network.eval()
    with torch.no_grad():
        torch.testing.assert_close(torch.jit.script(network)(image), network(image))


@pytest.mark.parametrize("options", [{}, {"attention": False}, {"mode": "repo"}])
def test_a_batch_gives_what_its_pictures_give_alone_and_gives_it_again(options):
    network = small_network(**options).eval()
    images = torch.randn(3, 3, 64, 48, generator=torch.Generator().manual_seed(0))
    together = network(images)
    assert torch.equal(network(images), together)
    torch.testing.assert_close(together, torch.cat([network(image[None]) for image in images]))


def test_maps_are_not_to_be_had_without_attention():
    with pytest.raises(ValueError, match="attention_maps needs a network built with attention"):
        small_network(attention=False).attention_maps(torch.zeros(1, 3, 64, 64))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "exactly one of backbone and trunk must be given"),
        ({"backbone": "vgg16", "trunk": nn.Identity()}, "exactly one of backbone and trunk must be given"),
        ({"trunk": nn.Identity()}, "trunk_channels must be given with a trunk and not without, got None"),
        (
            {"backbone": "vgg16", "trunk_channels": 3},
            "trunk_channels must be given with a trunk and not without, got 3",
        ),
        ({"backbone": "vgg19"}, "backbone must be one of vgg16, .*, densenet201, got 'vgg19'"),
        ({"backbone": "vgg16", "pool": "max"}, "pool must be one of flatten, average, got 'max'"),
        (
            {"trunk": nn.Identity(), "trunk_channels": 3, "pool": "flatten"},
            "image_size must be given for a trunk whose map is flattened",
        ),
    ],
)
def test_arguments_that_make_no_network_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        SoftAttentionNet(**arguments)
