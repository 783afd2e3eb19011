# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Deep-UNet: its shapes, its size, and what its variants leave out."""

from __future__ import annotations

import pytest
import torch

from monai_skin.networks import DeepUNet


@pytest.fixture(scope="module")
def network() -> DeepUNet:
    torch.manual_seed(0)
    return DeepUNet().eval()


@pytest.mark.parametrize("size", [(32, 32), (64, 96), (160, 32)])
def test_logits_have_the_size_of_any_image_that_is_a_multiple_of_32(network, size):
    with torch.no_grad():
        assert network(torch.zeros(1, 3, *size)).shape == (1, 1, *size)


def test_another_size_is_refused_with_what_was_found(network):
    with pytest.raises(ValueError, match="image is 50 x 64; expected multiples of 32"):
        network(torch.zeros(1, 3, 50, 64))


def test_the_pyramid_and_the_decoder_have_the_parameters_of_the_published_layout(network):
    # 384 -> 256: two 1x1 branches, three 3x3 branches and a 1x1 projection of 1,280, each with batch norm
    assert sum(p.numel() for p in network.bottleneck.parameters()) == 3_181_568
    parts = (network.levels, network.last, network.head)
    assert sum(p.numel() for part in parts for p in part.parameters()) == 303_241


def test_on_a_map_of_8_by_8_the_pyramid_looks_2_4_and_6_places_away(network):
    assert [branch[0].dilation for branch in network.bottleneck.dilated] == [(2, 2), (4, 4), (6, 6)]


def test_changing_the_dilations_changes_no_parameter_count():
    sizes = {
        sum(p.numel() for p in DeepUNet(encoder_name="efficientnet-b0", pyramid_rates=rates).parameters())
        for rates in ((2, 4, 6), (6, 12, 18))
    }
    assert len(sizes) == 1


def test_a_batch_gives_what_its_images_give_one_by_one(network):
    images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        together, alone = network(images), torch.cat([network(image[None]) for image in images])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("gate", "pyramid"), [("none", True), ("spatial", True), ("channel", True), ("both", False)])
def test_each_variant_of_the_ablation_is_smaller_and_runs(gate, pyramid):
    whole = DeepUNet(encoder_name="efficientnet-b0")
    variant = DeepUNet(encoder_name="efficientnet-b0", gate=gate, pyramid=pyramid).eval()
    count = [sum(p.numel() for p in net.parameters()) for net in (variant, whole)]
    assert count[0] < count[1]
    assert variant(torch.zeros(2, 3, 32, 32)).shape == (2, 1, 32, 32)


def test_every_parameter_learns():
    network = DeepUNet(encoder_name="efficientnet-b0").train()
    network(torch.randn(2, 3, 64, 64)).square().mean().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


def test_the_script_of_the_network_gives_the_same_logits(network):
    image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        torch.testing.assert_close(torch.jit.script(network)(image), network(image), atol=1e-4, rtol=1e-4)


def test_an_unknown_gate_is_refused():
    with pytest.raises(ValueError, match="one of both, spatial, channel, none, got 'all'"):
        DeepUNet(gate="all", encoder_name="efficientnet-b0")
