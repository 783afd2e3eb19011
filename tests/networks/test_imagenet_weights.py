# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Published EfficientNet weights fit the encoder, or the first that does not is named."""

from __future__ import annotations

import re

import pytest
import torch
from monai.networks.nets import EfficientNetBN

from monai_skin.errors import InvalidInputError
from monai_skin.networks import IMAGENET_WEIGHTS, EfficientNetEncoder2d, match_imagenet_weights


def published_names(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """MONAI's weights under the names of the published files: blocks numbered without their stage."""
    rename = re.compile(r"(.+)\.\d+(\.\d+\..+)")
    return {re.sub(rename, r"\1\2", name): value for name, value in model.state_dict().items()}


def test_all_tensors_of_the_encoder_are_found_under_their_published_names():
    torch.manual_seed(0)
    model = EfficientNetBN("efficientnet-b0", pretrained=False)
    encoder = EfficientNetEncoder2d(model_name="efficientnet-b0")
    matched = match_imagenet_weights(encoder, published_names(model))
    encoder.load_state_dict(matched)
    assert all(torch.equal(encoder.state_dict()[name], model.state_dict()[name]) for name in encoder.state_dict())


def test_a_missing_tensor_is_named_with_the_shape_it_should_have():
    model = EfficientNetBN("efficientnet-b0", pretrained=False)
    weights = published_names(model)
    del weights["_blocks.3._depthwise_conv.weight"]
    with pytest.raises(InvalidInputError, match=r"_blocks\.3\._depthwise_conv\.weight is missing; expected shape"):
        match_imagenet_weights(EfficientNetEncoder2d(model_name="efficientnet-b0"), weights)


def test_every_address_carries_the_digest_it_is_checked_by():
    for name, published in IMAGENET_WEIGHTS.items():
        assert published.address.endswith(f"{name}-{published.digest}.pth")
        assert re.fullmatch("[0-9a-f]{8}", published.digest)
