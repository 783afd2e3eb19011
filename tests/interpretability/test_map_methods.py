# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Every method by its name, on every network that has it."""

from __future__ import annotations

import pytest
import torch
import torch.nn as nn

from monai_skin.errors import UsageError
from monai_skin.interpretability import (
    MAP_METHODS,
    MapMethod,
    cross_attention_map,
    draw_map,
    function_of_pictures,
    grad_cam,
    map_methods_of,
    occlusion_sensitivity,
    rollout_map,
    stream_of,
)
from monai_skin.networks import ClinicalUltrasoundNet, DenseNetEncoder, SoftAttentionNet
from tests.interpretability.small_classifiers import TINY, dual_encoder, image_metadata, patients
from tests.networks.clinical_ultrasound.networks import make_net, pair

TARGET = torch.tensor([4, 1])


def soft_attention(attention: bool = True) -> SoftAttentionNet:
    torch.manual_seed(0)
    encoder = DenseNetEncoder(**TINY)
    return SoftAttentionNet(trunk=encoder, trunk_channels=encoder.channels, attention=attention, heads=2).eval()


EVERYWHERE = ("grad_cam_plus_plus", "grad_cam", "occlusion")
HAVE = [
    (dual_encoder(), (*EVERYWHERE, "cross_attention", "rollout")),
    (dual_encoder(fusion="concat"), EVERYWHERE),
    (dual_encoder(streams="segmented"), EVERYWHERE),
    (image_metadata("cross_attention"), (*EVERYWHERE, "cross_attention")),
    (image_metadata("late"), EVERYWHERE),
    (image_metadata("metadata_only"), ()),
    (soft_attention(), (*EVERYWHERE, "soft_attention")),
    (soft_attention(attention=False), EVERYWHERE),
    (make_net("+AL", num_classes=7).eval(), (*EVERYWHERE, "local_attention", "global_attention")),
    (make_net("+ALL", num_classes=7).eval(), (*EVERYWHERE, "local_attention")),
    (make_net("concatenation", num_classes=7).eval(), EVERYWHERE),
]


def given(network: nn.Module) -> dict[str, torch.Tensor]:
    """Of two items, what the network takes."""
    if isinstance(network, ClinicalUltrasoundNet):
        return dict(zip(("image", "ultrasound"), pair(side=32), strict=True))
    names = {"DualEncoderNet": ("image", "segmented", "clinical"), "ImageMetadataNet": ("image", "clinical")}
    return {name: patients()[name] for name in names.get(type(network).__name__, ("image",))}


@pytest.mark.parametrize(("network", "methods"), HAVE)
def test_a_network_has_what_its_parts_allow(network, methods):
    assert map_methods_of(network) == methods


@pytest.mark.parametrize(
    ("network", "method", "stream"),
    [
        (network, method, stream)
        for network, methods in HAVE
        for method in methods
        for stream in MAP_METHODS[method].streams(network)
    ],
)
def test_a_map_is_never_negative_and_each_item_has_its_own(network, method, stream):
    heat = draw_map(network, given(network), TARGET, method, stream)
    assert heat.ndim == 3 and len(heat) == 2 and heat.dtype == torch.float32
    assert bool(torch.isfinite(heat).all()) and heat.min() >= 0
    alone = draw_map(network, {key: value[1:] for key, value in given(network).items()}, TARGET[1:], method, stream)
    torch.testing.assert_close(alone[0], heat[1], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("network", "methods"), [HAVE[0], HAVE[3], HAVE[6]])
def test_the_class_matters_to_those_methods_that_say_so(network, methods):
    for method in methods:
        one, other = (draw_map(network, given(network), torch.full((2,), target), method) for target in (0, 4))
        assert torch.equal(one, other) != MAP_METHODS[method].of_class, method


def test_a_name_stands_for_its_function():
    network, inputs = dual_encoder(direction="bi", depth=2), patients()
    for plus_plus, name in ((True, "grad_cam_plus_plus"), (False, "grad_cam")):
        expected = grad_cam(network, inputs, "segmented_encoder", TARGET, plus_plus=plus_plus)
        torch.testing.assert_close(draw_map(network, inputs, TARGET, name, "segmented"), expected)
    for stream in ("image", "segmented"):
        expected = cross_attention_map(network, inputs, stream)
        torch.testing.assert_close(draw_map(network, inputs, TARGET, "cross_attention", stream), expected)
        expected = rollout_map(network, inputs, stream)
        torch.testing.assert_close(draw_map(network, inputs, TARGET, "rollout", stream), expected)
    soft = soft_attention()
    expected = soft.attention_maps(inputs["image"]).sum(dim=1).detach()
    torch.testing.assert_close(draw_map(soft, {"image": inputs["image"]}, TARGET, "soft_attention"), expected)


@pytest.mark.parametrize(
    ("stream", "keys"), [(None, ("image", "segmented")), ("image", ("image",)), ("segmented", ("segmented",))]
)
def test_occlusion_covers_both_pictures_of_a_lesion_unless_told_otherwise(stream, keys):
    network, inputs = dual_encoder(), {key: value[:1] for key, value in patients().items()}
    function = function_of_pictures(network, inputs, 4, keys)
    pictures = torch.cat([inputs[key] for key in keys], dim=1)[0]
    # a quarter of the 64 rows, half of that from place to place; what helps the class when covered is 0
    expected = occlusion_sensitivity(function, pictures, patch=16, stride=8).clamp_min(0)
    found = draw_map(network, inputs, TARGET[:1], "occlusion", stream)
    torch.testing.assert_close(found[0], expected)
    assert found.max() > 0


def test_without_the_outlined_lesion_the_picture_stands_in_and_is_covered_too():
    inputs = {"image": patients()["image"][:1]}
    same = {**inputs, "segmented": inputs["image"]}
    maps = [draw_map(dual_encoder(), one, TARGET[:1], "occlusion") for one in (inputs, same)]
    torch.testing.assert_close(*maps)


@pytest.mark.parametrize(
    ("network", "method", "stream", "message"),
    [
        (dual_encoder(), "magic", None, "method is 'magic'; expected one of grad_cam_plus_plus, grad_cam, occlusion"),
        (
            dual_encoder(),
            "soft_attention",
            None,
            "DualEncoderNet: method is 'soft_attention', which needs a soft-attention block; "
            "expected grad_cam_plus_plus, grad_cam, occlusion, cross_attention, rollout",
        ),
        (
            image_metadata("cross_attention"),
            "rollout",
            None,
            "ImageMetadataNet: method is 'rollout', which needs cross-attention between two pictures; expected .*, "
            "cross_attention",
        ),
        (
            soft_attention(attention=False),
            "soft_attention",
            None,
            "method is 'soft_attention', which needs a soft-attention block; expected grad_cam_plus_plus, grad_cam, ",
        ),
        (dual_encoder(), "grad_cam", "both", "stream is 'both' for 'grad_cam'; expected 'image' or 'segmented'"),
        (dual_encoder(), "rollout", "image", "stream is 'image' for 'rollout'; expected 'segmented'"),
        (
            image_metadata("metadata_only"),
            "grad_cam",
            None,
            "method is 'grad_cam', which needs an encoder of pictures; expected a network that looks at a picture",
        ),
        (nn.Linear(1, 1), "grad_cam", None, "Linear: network has no layer that is known"),
    ],
)
def test_what_a_network_has_not_is_refused_with_what_it_has(network, method, stream, message):
    with pytest.raises(UsageError, match=message):
        stream_of(network, method, stream)
    with pytest.raises(UsageError, match=message):
        draw_map(network, patients(), TARGET, method, stream) if method in MAP_METHODS else stream_of(network, method)


def test_the_usual_picture_is_the_first_a_method_has():
    assert stream_of(dual_encoder(), "grad_cam_plus_plus") == "image"
    assert stream_of(dual_encoder(streams="segmented"), "grad_cam_plus_plus") == "segmented"
    assert stream_of(dual_encoder(), "cross_attention") == "segmented"
    assert stream_of(dual_encoder(direction="bi"), "cross_attention") == "image"
    assert stream_of(dual_encoder(), "occlusion") == "both"
    assert stream_of(image_metadata("late"), "occlusion") == "image"


def test_every_method_has_a_title_for_people():
    assert all(isinstance(method, MapMethod) and method.title for method in MAP_METHODS.values())
    assert len({method.title for method in MAP_METHODS.values()}) == len(MAP_METHODS)
