# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The Vision Transformer of another library as an encoder of one map."""

from __future__ import annotations

import pytest
import torch
from transformers import ViTConfig, ViTModel

from monai_skin.networks import ViTEncoder

SIZES = {"image_size": 24, "patch_size": 8, "width": 16, "depth": 2, "heads": 2, "hidden": 32}
IMAGE = torch.randn(2, 3, 24, 24, generator=torch.Generator().manual_seed(0))


def encoder() -> ViTEncoder:
    torch.manual_seed(0)
    return ViTEncoder(**SIZES).eval()


def test_vit_b_16_has_the_published_number_of_parameters_and_a_map_of_14_by_14():
    with torch.device("meta"):
        base = ViTEncoder()
        features = base(torch.empty(1, 3, 224, 224))
    # 86,567,656 of the published classifier less its last layer of 768 x 1,000 weights and 1,000 biases
    assert sum(p.numel() for p in base.parameters()) == 86_567_656 - 769_000
    assert features.shape == (1, base.channels, 14, 14) == (1, 768, 14, 14)


def test_the_map_holds_the_librarys_normalised_patch_tokens_row_by_row():
    ours = encoder()
    config = ViTConfig(
        image_size=24, patch_size=8, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    theirs = ViTModel(config).eval()
    theirs.load_state_dict({**theirs.state_dict(), **ours.vit.state_dict()})
    with torch.no_grad():
        tokens = theirs(IMAGE).last_hidden_state
        features = ours(IMAGE)
    assert features.shape == (2, 16, 3, 3)
    for row in range(3):
        for column in range(3):  # the first token is that of the class
            torch.testing.assert_close(features[:, :, row, column], tokens[:, 1 + 3 * row + column])


def test_every_parameter_learns():
    network = encoder().train()
    (network(IMAGE) * torch.randn(2, 16, 3, 3)).sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


def test_another_size_is_taken_with_interpolated_positions():
    assert encoder()(IMAGE[..., :16, :]).shape == (2, 16, 2, 3)


def test_channels_last_and_bfloat16_change_little():
    network, image = encoder(), IMAGE.to(memory_format=torch.channels_last)
    torch.testing.assert_close(network(image), network(IMAGE))
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(network(image).float(), network(IMAGE).float(), rtol=0.1, atol=0.1)


def test_an_image_that_patches_do_not_fill_is_refused():
    with pytest.raises(ValueError, match="image has 20 x 24 pixels; expected multiples of 8"):
        encoder()(IMAGE[..., :20, :])
