# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The dual-encoder classifier."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn as nn

from monai_skin.networks import DenseNetEncoder, DualEncoderNet

TINY = {"init_features": 16, "growth_rate": 8, "block_config": (1, 1, 1, 1)}
SIZES = {"width": 16, "heads": 4, "hidden": 32, "metadata_width": 16}
IMAGE = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
LESION = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(1))
KNOWN = torch.tensor([[0.4, 0.0, 1.0, 3.0], [-1.0, 0.0, 2.0, 1.0]])


class Pixels(nn.Module):
    """Every pixel is a place of the map."""

    channels = 3

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return image


def network(**options: object) -> DualEncoderNet:
    torch.manual_seed(0)
    encoders = {"encoder": DenseNetEncoder(**TINY), "segmented_encoder": DenseNetEncoder(**TINY)}
    if options.get("streams", "both") != "both":
        encoders["segmented_encoder"] = None
    return DualEncoderNet(**{**encoders, "num_sites": 5, "token_grid": (2, 3), **SIZES, **options}).eval()


@pytest.mark.parametrize("direction", ["o2s", "s2o", "bi"])
@pytest.mark.parametrize("fusion", ["cross_attention", "concat", "sum"])
def test_each_way_of_joining_gives_one_logit_a_class(direction, fusion):
    joined = network(direction=direction, fusion=fusion, num_classes=8)
    assert joined(IMAGE, LESION, KNOWN).shape == (2, 8)


def test_attention_has_a_row_of_weights_for_each_token_of_the_image():
    weights = network(direction="bi").cross_attention(IMAGE, LESION)
    assert sorted(weights) == ["o2s", "s2o"]
    for found in weights.values():
        assert found.shape == (2, 4, 6, 6)  # 64 x 96 pixels at stride 32 are 2 x 3 tokens
        torch.testing.assert_close(found.sum(dim=-1), torch.ones(2, 4, 6))


def test_two_densenet201_at_224_pixels_have_49_tokens_a_stream():
    with torch.device("meta"):
        whole = DualEncoderNet(encoder=DenseNetEncoder(), segmented_encoder=DenseNetEncoder(), num_sites=14)
        weights = whole.eval().cross_attention(torch.zeros(1, 3, 224, 224))["o2s"]
    assert weights.shape == (1, 8, 49, 49)


def test_the_whole_network_has_the_parameters_of_its_parts():
    # per stream: DenseNet201, norm of 1,920, 1,920 -> 512 with bias, 7 x 7 positions and a mark of 512
    stream = 18_092_928 + 2 * 1920 + (1920 * 512 + 512) + 49 * 512 + 512
    # two norms, four projections, norm, 512 -> 2,048 -> 512 with biases
    block = 2 * 2 * 512 + 1_050_624 + 2 * 512 + (512 * 2048 + 2048) + (2048 * 512 + 512)
    # two layers of width 128, age 1 -> 128, its missing vector, 3 sexes, 14 + 1 sites, 3 marks, summary
    metadata = 2 * 132_480 + (128 + 128) + 128 + 3 * 128 + 15 * 128 + 3 * 128 + 128
    head = 2 * 640 + (640 * 256 + 256) + (256 * 7 + 7)
    with torch.device("meta"):
        whole = DualEncoderNet(encoder=DenseNetEncoder(), segmented_encoder=DenseNetEncoder(), num_sites=14)
    assert sum(p.numel() for p in whole.parameters()) == 2 * stream + block + metadata + head
    assert [layer.p for layer in whole.head if isinstance(layer, nn.Dropout)] == [0.3]


def test_the_segmented_tokens_may_change_places_only_together_with_their_positions():
    joined = network(encoder=Pixels(), segmented_encoder=Pixels(), token_grid=(2, 3))
    image, lesion = IMAGE[..., :2, :3], LESION[..., :2, :3]
    before = joined(image, lesion, KNOWN)
    assert not torch.allclose(joined(image, lesion.flip(-1), KNOWN), before)
    with torch.no_grad():
        joined.segmented_tokens.position.copy_(joined.segmented_tokens.position.flip(-1))
    torch.testing.assert_close(joined(image, lesion.flip(-1), KNOWN), before)


@pytest.mark.parametrize(("direction", "heeded"), [("o2s", [True, False]), ("s2o", [False, True]), ("bi", [True] * 2)])
def test_the_stream_that_asks_is_the_one_that_is_kept(direction, heeded):
    joined = network(direction=direction)
    for block in (*joined.image_looks, *joined.segmented_looks):  # nothing of what is seen comes through
        nn.init.zeros_(block.attention.out_proj.weight)
        nn.init.zeros_(block.attention.out_proj.bias)
    before = joined(IMAGE, LESION, KNOWN)
    changed = [joined(LESION, LESION, KNOWN), joined(IMAGE, IMAGE, KNOWN)]
    assert [not torch.equal(after, before) for after in changed] == heeded


@pytest.mark.parametrize("fusion", ["concat", "sum"])
def test_without_attention_the_head_sees_the_mean_of_each_stream_and_the_metadata_beside_them(fusion):
    joined, seen = network(fusion=fusion), []
    joined.head.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    joined(IMAGE, LESION, KNOWN)
    whole = joined.image_tokens(joined.encoder(IMAGE)).mean(dim=1)
    lesion = joined.segmented_tokens(joined.segmented_encoder(LESION)).mean(dim=1)
    pooled = whole + lesion if fusion == "sum" else torch.cat([whole, lesion], dim=1)
    torch.testing.assert_close(seen[0], torch.cat([pooled, joined.metadata(KNOWN)], dim=1))


def test_fields_are_hidden_in_training_as_often_as_asked_and_in_a_tenth_by_default():
    assert network().metadata.field_dropout == 0.1
    assert network(field_dropout=0.3).metadata.field_dropout == 0.3


def test_an_image_of_a_single_token_is_refused():
    with pytest.raises(ValueError, match="context is a single token"):
        network()(IMAGE[..., :32, :32], LESION[..., :32, :32])


def test_without_a_segmented_picture_the_picture_itself_is_taken():
    torch.testing.assert_close(network()(IMAGE, None, KNOWN), network()(IMAGE, IMAGE, KNOWN))


def test_without_metadata_everything_is_unknown():
    unknown = torch.tensor([[0.0, 1.0, 0.0, 0.0]] * 2)
    torch.testing.assert_close(network()(IMAGE, LESION), network()(IMAGE, LESION, unknown))


@pytest.mark.parametrize("placeholder", [0.0, 999.0, math.nan])
def test_what_stands_in_place_of_a_missing_age_does_not_matter(placeholder):
    first = torch.tensor([[0.0, 1.0, 1.0, 3.0]] * 2)
    second = first.clone()
    second[:, 0] = placeholder
    assert torch.equal(network()(IMAGE, LESION, first), network()(IMAGE, LESION, second))


@pytest.mark.parametrize("direction", ["o2s", "s2o", "bi"])
def test_metadata_and_both_pictures_have_a_say(direction):
    joined = network(direction=direction)
    before = joined(IMAGE, LESION, KNOWN)
    assert not torch.allclose(before, joined(IMAGE, LESION, KNOWN.flip(0)))
    assert not torch.allclose(before, joined(IMAGE, IMAGE, KNOWN))
    assert not torch.allclose(before, joined(LESION, LESION, KNOWN))


@pytest.mark.parametrize(("streams", "heeded", "ignored"), [("image", 0, 1), ("segmented", 1, 0)])
def test_a_single_stream_sees_its_own_picture_only(streams, heeded, ignored):
    single = network(streams=streams, num_sites=0)
    pictures = [IMAGE, LESION]
    before = single(*pictures)
    other = [IMAGE, LESION]
    other[ignored] = torch.zeros_like(IMAGE)
    assert torch.equal(single(*other), before)
    other = [IMAGE, LESION]
    other[heeded] = torch.zeros_like(IMAGE)
    assert not torch.allclose(single(*other), before)


def test_a_batch_gives_what_its_pictures_give_alone():
    joined = network(direction="bi")
    alone = torch.cat([joined(IMAGE[i : i + 1], LESION[i : i + 1], KNOWN[i : i + 1]) for i in range(2)])
    torch.testing.assert_close(joined(IMAGE, LESION, KNOWN), alone, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(joined(IMAGE, LESION, KNOWN), joined(IMAGE, LESION, KNOWN), rtol=0, atol=0)


def test_the_encoders_are_two_and_both_learn():
    joined = network(dropout=0.0).train()
    joined(IMAGE, LESION, KNOWN).sum().backward()
    for encoder in (joined.encoder, joined.segmented_encoder):
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in encoder.parameters())
    assert not {id(p) for p in joined.encoder.parameters()} & {id(p) for p in joined.segmented_encoder.parameters()}


def test_another_size_than_the_grid_of_positions_is_taken_too():
    assert network()(torch.zeros(1, 3, 96, 96), None).shape == (1, 7)


def test_torchscript_gives_the_same_logits():
    joined = network(direction="bi")
    scripted = torch.jit.script(joined)
    torch.testing.assert_close(scripted(IMAGE, LESION, KNOWN), joined(IMAGE, LESION, KNOWN))
    torch.testing.assert_close(scripted(IMAGE), joined(IMAGE))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"streams": "none"}, "streams must be one of both, image, segmented, got 'none'"),
        ({"fusion": "product"}, "fusion must be one of cross_attention, concat, sum, got 'product'"),
        ({"direction": "up"}, "direction must be one of o2s, s2o, bi, got 'up'"),
        ({"segmented_encoder": None}, "segmented_encoder must be given for streams 'both' and no other"),
        ({"encoder": torch.nn.Identity()}, "an encoder must say its number of channels"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options, problem):
    with pytest.raises(ValueError, match=problem):
        network(**options)


def test_one_stream_has_no_cross_attention_to_show():
    with pytest.raises(ValueError, match="there is one stream only"):
        network(streams="image").cross_attention(IMAGE)
