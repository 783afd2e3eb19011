# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Swin and ConvNeXt-V2 of another library as encoders of one map."""

from __future__ import annotations

import sys

import pytest
import torch
from transformers import ConvNextV2Config, ConvNextV2Model, SwinConfig, SwinModel

from monai_skin.errors import UsageError
from monai_skin.networks import ConvNextV2Encoder, SwinEncoder

SWIN = {"embed_dim": 8, "depths": [2, 2], "num_heads": [1, 2], "image_size": 56}
CONVNEXT = {"widths": [4, 4, 8, 8], "depths": [1, 1, 2, 1]}


def images(rows: int, columns: int, count: int = 1) -> torch.Tensor:
    return torch.randn(count, 3, rows, columns, generator=torch.Generator().manual_seed(0))


def perturbed(network: torch.nn.Module) -> torch.nn.Module:
    """With weights that are not the zeros some layers begin with, which would hide them from a test."""
    torch.manual_seed(1)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return network.eval()


def test_swin_t_has_the_published_number_of_parameters_and_channels():
    with torch.device("meta"):
        encoder = SwinEncoder()
    # 28,288,354 (the paper: 28 million) less the classifier of 768 x 1,000 weights and 1,000 biases
    assert sum(p.numel() for p in encoder.parameters()) == 28_288_354 - 769_000
    assert encoder.channels == 768


def test_convnext_v2_tiny_has_the_published_number_of_parameters_and_channels():
    with torch.device("meta"):
        encoder = ConvNextV2Encoder()
    # 28,635,496 (the paper: 28.6 million) less the classifier and the norm in front of it
    assert sum(p.numel() for p in encoder.parameters()) == 28_635_496 - 769_000 - 2 * 768
    assert encoder.channels == 768


def test_swin_equals_the_librarys_own_model_at_the_size_it_is_laid_out_for():
    # stages of 14 and 7 tokens a side: the second is one window, which the library does not shift
    ours = perturbed(SwinEncoder(**SWIN))
    theirs = SwinModel(SwinConfig(**SWIN)).eval()
    theirs.load_state_dict(ours.swin.state_dict())
    with torch.no_grad():
        expected = theirs(images(56, 56)).last_hidden_state  # (1, 49, 16)
        features = ours(images(56, 56))
    assert features.shape == (1, ours.channels, 7, 7) == (1, 16, 7, 7)
    torch.testing.assert_close(features.flatten(2).transpose(1, 2), expected)


def test_what_swin_says_of_an_image_does_not_depend_on_those_before():
    encoder = perturbed(SwinEncoder(**{**SWIN, "image_size": 112}))
    with torch.no_grad():
        first = encoder(images(112, 112))
        encoder(images(32, 48))  # smaller than a window
        torch.testing.assert_close(encoder(images(112, 112)), first)


def test_windows_are_shifted_where_a_map_is_larger_than_one():
    def shifts(size: object) -> list[int]:
        encoder = SwinEncoder(**{**SWIN, "image_size": size})
        return [block.shift_size for stage in encoder.swin.encoder.layers for block in stage.blocks]

    assert shifts(56) == [0, 3, 0, 0]
    assert shifts(112) == [0, 3, 0, 3]
    assert shifts([112, 56]) == shifts([56, 112]) == [0, 3, 0, 0]
    assert shifts(28) == [0, 0, 0, 0]


@pytest.mark.parametrize(("size", "grid"), [((32, 32), (4, 4)), ((64, 40), (8, 5)), ((60, 100), (8, 13))])
def test_swin_takes_any_size(size, grid):
    # two stages: an eighth of the image, rounded up
    features = SwinEncoder(**SWIN).eval()(images(*size))
    assert features.shape == (1, 16, *grid)
    assert torch.isfinite(features).all()


def test_convnext_equals_the_librarys_own_model():
    ours = perturbed(ConvNextV2Encoder(**CONVNEXT))
    theirs = ConvNextV2Model(
        ConvNextV2Config(hidden_sizes=CONVNEXT["widths"], depths=CONVNEXT["depths"], num_stages=4)
    ).eval()
    theirs.load_state_dict({**theirs.state_dict(), **ours.convnextv2.state_dict()})
    with torch.no_grad():
        features = ours(images(64, 96, count=2))
        assert features.shape == (2, ours.channels, 2, 3) == (2, 8, 2, 3)
        torch.testing.assert_close(features, theirs(images(64, 96, count=2)).last_hidden_state)


@pytest.mark.parametrize("encoder", [lambda: SwinEncoder(**SWIN), lambda: ConvNextV2Encoder(**CONVNEXT)])
def test_every_parameter_learns(encoder):
    network = perturbed(encoder()).train()
    features = network(images(64, 64, count=2))
    (features * torch.randn(features.shape)).sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("encoder", [SwinEncoder, ConvNextV2Encoder])
def test_without_the_library_the_extra_that_installs_it_is_named(encoder, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UsageError, match=r"cannot be imported; expected monai-skin\[transformers\] installed"):
        encoder()
