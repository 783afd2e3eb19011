# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Cross-attention as maps."""

from __future__ import annotations

import pytest
import torch

from monai_skin.errors import UsageError
from monai_skin.interpretability import attention_over_image, cross_attention_map, rollout_map
from tests.interpretability.small_classifiers import dual_encoder, image_metadata, patients

# tokens of the picture look at those of the lesion, the other way, or both
STREAMS = {"o2s": ["segmented"], "s2o": ["image"], "bi": ["image", "segmented"]}
EACH = [(direction, stream) for direction, streams in STREAMS.items() for stream in streams]


def pictures() -> dict[str, torch.Tensor]:
    return {name: value for name, value in patients().items() if name != "clinical"}


@pytest.mark.parametrize(("direction", "stream"), EACH)
def test_of_two_encoders_it_is_what_the_last_block_s_tokens_see_in_the_other_picture(direction, stream):
    network = dual_encoder(direction=direction, depth=2)
    weights = network.cross_attention(**pictures())["o2s" if stream == "segmented" else "s2o"]
    found = cross_attention_map(network, patients(), stream)
    assert found.shape == (2, 2, 3) and not found.requires_grad
    torch.testing.assert_close(found, attention_over_image(weights, (2, 3)))
    assert found.std() > 1e-4, "even weights would hide a mistake in the order of the places"


def test_of_metadata_it_is_what_the_summary_sees():
    network, inputs = image_metadata("cross_attention"), patients()
    given = {"image": inputs["image"], "clinical": inputs["clinical"]}
    summary = network.cross_attention(**given)[:, :, 0].mean(dim=1)
    torch.testing.assert_close(cross_attention_map(network, given, "image"), summary.detach())
    unknown = cross_attention_map(network, {"image": inputs["image"]}, "image")
    torch.testing.assert_close(unknown, network.cross_attention(inputs["image"])[:, :, 0].mean(dim=1).detach())


@pytest.mark.parametrize(("direction", "stream"), EACH)
def test_rollout_through_one_block_is_half_of_what_it_sees(direction, stream):
    network = dual_encoder(direction=direction)
    seen = cross_attention_map(network, patients(), stream)
    torch.testing.assert_close(rollout_map(network, patients(), stream), seen / 2)


def test_rollout_through_two_blocks_follows_both():
    network = dual_encoder(depth=2)
    first, second = network.image_looks
    whole = network.image_tokens(network.encoder(patients()["image"]))
    lesion = network.segmented_tokens(network.segmented_encoder(patients()["segmented"]))
    before, after = first.weights(whole, lesion), second.weights(first(whole, lesion), lesion)
    # a block is (I, A; 0, 2I) / 2 on its tokens and the lesion's, and (I, B; 0, 2I) (I, A; 0, 2I) / 4 has
    # A / 4 + B / 2 where the tokens of the picture meet those of the lesion
    expected = (before.mean(dim=1) / 4 + after.mean(dim=1) / 2).mean(dim=1).reshape(2, 2, 3)
    found = rollout_map(network, patients(), "segmented")
    torch.testing.assert_close(found, expected.detach())
    # a quarter is what the picture's tokens keep of themselves
    torch.testing.assert_close(found.sum(dim=(1, 2)), torch.full((2,), 0.75))


def test_the_network_is_left_as_it_was():
    network = dual_encoder().train()
    for draw in (cross_attention_map, rollout_map):
        draw(network, patients(), "segmented")
    assert all(module.training for module in network.modules())
    assert not [module for module in network.modules() if module._forward_hooks or module._forward_pre_hooks]


@pytest.mark.parametrize("draw", [cross_attention_map, rollout_map])
def test_pictures_nobody_looks_at_are_named(draw):
    with pytest.raises(UsageError, match="DualEncoderNet: stream is 'image'; expected 'segmented'"):
        draw(dual_encoder(), patients(), "image")
    with pytest.raises(UsageError, match="stream is 'image'; expected a network with cross-attention"):
        draw(dual_encoder(fusion="concat"), patients(), "image")


def test_rollout_is_not_made_up_where_it_is_not_defined():
    with pytest.raises(UsageError, match="ImageMetadataNet: rollout is not defined; expected a DualEncoderNet"):
        rollout_map(image_metadata("cross_attention"), patients(), "image")
