# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The dual-encoder classifier."""

from __future__ import annotations

import math

import pytest
import torch

from monai_skin.networks import DenseNetEncoder, DualEncoderNet

TINY = {"init_features": 16, "growth_rate": 8, "block_config": (1, 1, 1, 1)}
SIZES = {"width": 16, "heads": 4, "hidden": 32, "metadata_width": 16}
IMAGE = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
LESION = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(1))
KNOWN = torch.tensor([[0.4, 0.0, 1.0, 3.0], [-1.0, 0.0, 2.0, 1.0]])


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


def test_metadata_and_both_pictures_have_a_say():
    joined = network()
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
