# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The classifier of one picture with metadata: what each fusion sees, and what it begins with."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn as nn

from monai_skin.networks import EfficientNetMapEncoder, ImageMetadataNet
from monai_skin.networks.blocks import unknown_clinical

FUSIONS = ["none", "late", "film", "cross_attention", "metadata_only"]
WITH_BOTH = ["late", "film", "cross_attention"]
IMAGE = torch.randn(3, 3, 16, 24, generator=torch.Generator().manual_seed(0))
CLINICAL = torch.tensor([[0.3, 0.0, 1.0, 2.0], [0.0, 1.0, 0.0, 0.0], [-1.2, 0.0, 2.0, 5.0]])


class SmallEncoder(nn.Module):
    """A map of ten channels, an eighth of the image a side."""

    channels = 10

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, self.channels, 8, stride=8)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.conv(image)


def network(fusion: str, **options: object) -> ImageMetadataNet:
    torch.manual_seed(0)
    small = {"num_sites": 5, "metadata_features": 6, "attention_width": 8, "heads": 2}
    return ImageMetadataNet(**{"encoder": SmallEncoder(), "fusion": fusion, **small, **options}).eval()


def with_shared_weights(fusion: str) -> tuple[ImageMetadataNet, ImageMetadataNet]:
    """A network of a fusion, and the one without, with equal weights wherever both have them in equal shape."""
    fused, plain = network(fusion), network("none")
    own = fused.state_dict()
    taken = {name: value for name, value in plain.state_dict().items() if own[name].shape == value.shape}
    fused.load_state_dict({**own, **taken})
    return fused, plain


@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_fusion_gives_seven_logits_and_all_of_it_learns(fusion):
    net = network(fusion, field_dropout=0.0).train()
    logits = net(IMAGE, CLINICAL)
    assert logits.shape == (3, 7)
    (logits * torch.randn(3, 7)).sum().backward()
    assert [name for name, p in net.named_parameters() if p.grad is None] == []


def test_film_begins_with_exactly_the_logits_of_the_image_alone():
    fused, plain = with_shared_weights("film")
    assert torch.equal(fused(IMAGE, CLINICAL), plain(IMAGE, CLINICAL))


def test_late_fusion_with_no_weight_on_the_metadata_gives_the_logits_of_the_image_alone():
    fused, plain = with_shared_weights("late")
    with torch.no_grad():
        fused.head[1].weight[:, :10] = plain.head[1].weight
        fused.head[1].weight[:, 10:] = 0
    torch.testing.assert_close(fused(IMAGE, CLINICAL), plain(IMAGE), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("fusion", WITH_BOTH)
@pytest.mark.parametrize("placeholder", [math.nan, 999.0, -1e30, math.inf])
def test_what_stands_in_place_of_a_missing_age_does_not_matter(fusion, placeholder):
    net, other = network(fusion), CLINICAL.clone()
    other[1, 0] = placeholder
    assert torch.equal(net(IMAGE, other), net(IMAGE, CLINICAL))


@pytest.mark.parametrize("fusion", FUSIONS)
def test_no_metadata_at_all_is_everything_unknown(fusion):
    net = network(fusion)
    assert torch.equal(net(IMAGE), net(IMAGE, unknown_clinical(3, IMAGE)))
    assert torch.isfinite(net(IMAGE)).all()


@pytest.mark.parametrize("fusion", ["late", "cross_attention", "metadata_only"])
def test_the_metadata_has_a_say(fusion):
    net = network(fusion)
    assert not torch.allclose(net(IMAGE, CLINICAL)[0], net(IMAGE)[0])


def test_the_metadata_has_a_say_in_film_once_it_has_learnt():
    net = network("film")
    nn.init.normal_(net.film.project.weight)
    assert not torch.allclose(net(IMAGE, CLINICAL)[0], net(IMAGE)[0])


def test_the_metadata_alone_needs_no_encoder_and_sees_no_pixel():
    net = network("metadata_only", encoder=None)
    assert torch.equal(net(IMAGE, CLINICAL), net(torch.full_like(IMAGE, math.nan), CLINICAL))
    kept = network("metadata_only").state_dict()
    assert kept.keys() == net.state_dict().keys()


def test_the_head_is_that_of_the_specification():
    # norm of the image's ten channels, then (10 + 6) -> 256 -> 7 with biases
    net = network("late")
    head = sum(p.numel() for part in (net.image_norm, net.head) for p in part.parameters())
    assert head == 2 * 10 + (16 * 256 + 256) + (256 * 7 + 7)
    assert [layer.p for layer in net.head if isinstance(layer, nn.Dropout)] == [0.3, 0.3]


@pytest.mark.parametrize("bidirectional", [False, True])
def test_attention_maps_have_the_shape_of_the_image_and_add_up_to_one(bidirectional):
    maps = network("cross_attention", bidirectional=bidirectional).cross_attention(IMAGE, CLINICAL)
    assert maps.shape == (3, 2, 4, 2, 3)
    torch.testing.assert_close(maps.sum(dim=(-2, -1)), torch.ones(3, 2, 4))


def test_a_fusion_without_attention_has_no_maps():
    with pytest.raises(ValueError, match="no attention; expected 'cross_attention'"):
        network("film").cross_attention(IMAGE)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_the_script_of_the_network_gives_the_same_logits(fusion):
    net = network(fusion)
    script = torch.jit.script(net)
    torch.testing.assert_close(script(IMAGE, CLINICAL), net(IMAGE, CLINICAL))
    torch.testing.assert_close(script(IMAGE), net(IMAGE))


@pytest.mark.parametrize("fusion", [*WITH_BOTH, "metadata_only"])
def test_fields_are_hidden_in_training_as_often_as_asked_and_in_a_tenth_by_default(fusion):
    for options, expected in (({}, 0.1), ({"field_dropout": 0.3}, 0.3)):
        found = {part.field_dropout for part in network(fusion, **options).modules() if hasattr(part, "field_dropout")}
        assert found == {expected}


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_picture_and_its_metadata_are_answered_alike_whatever_stands_beside_them_and_again(fusion):
    net = network(fusion)
    together = net(IMAGE, CLINICAL)
    assert torch.equal(net(IMAGE, CLINICAL), together)
    alone = torch.cat([net(image[None], row[None]) for image, row in zip(IMAGE, CLINICAL, strict=True)])
    torch.testing.assert_close(together, alone)


def test_a_batch_gives_what_its_images_give_one_by_one():
    net = network("late", encoder=EfficientNetMapEncoder(model_name="efficientnet-b0"))
    images = torch.randn(2, 3, 64, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        alone = torch.cat([net(image[None], row[None]) for image, row in zip(images, CLINICAL[:2], strict=True)])
        torch.testing.assert_close(net(images, CLINICAL[:2]), alone, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fusion": "early"}, "one of none, late, film, cross_attention, metadata_only, got 'early'"),
        ({"fusion": "late", "num_sites": 0}, "num_sites must be at least 1 for fusion 'late', got 0"),
        ({"fusion": "none", "encoder": None}, "in an attribute 'channels', got NoneType"),
        ({"fusion": "none", "encoder": nn.Identity()}, "in an attribute 'channels', got Identity"),
    ],
)
def test_arguments_that_cannot_be_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        network(**options)
