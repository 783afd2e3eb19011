# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""EfficientNet-Lite0 as an encoder."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks import EfficientNetLite0Encoder, match_imagenet_weights


def test_it_has_the_published_number_of_parameters():
    # 4,652,008 (TensorFlow's table: 4.7 million) less the classifier of 1,280 x 1,000 weights and 1,000 biases
    assert sum(p.numel() for p in EfficientNetLite0Encoder().parameters()) == 4_652_008 - 1_281_000


def test_a_map_is_a_thirty_second_of_the_image():
    encoder = EfficientNetLite0Encoder().eval()
    assert encoder(torch.randn(1, 3, 64, 96)).shape == (1, encoder.channels, 2, 3)
    assert encoder.channels == 1280


def test_lite_means_relu6_and_no_squeeze_and_excitation():
    encoder = EfficientNetLite0Encoder()
    assert not any("_se_" in name for name in encoder.state_dict())
    activations = {type(module._swish) for module in encoder.modules() if hasattr(module, "_swish")}
    assert activations == {nn.ReLU6}


def test_published_weights_fit_by_their_own_names():
    # the published files number blocks through all stages; the stages have 1, 2, 2, 3, 3, 4 and 1
    encoder = EfficientNetLite0Encoder()
    published, block = {}, -1
    for name, value in encoder.state_dict().items():
        if name.startswith("_blocks."):
            _, _stage, number, rest = name.split(".", 3)
            published[f"_blocks.{number}.{rest}"] = value + 1
            block = max(block, int(number))
        else:
            published[name] = value + 1
    assert block == 15
    matched = match_imagenet_weights(encoder, published)
    assert all(torch.equal(matched[name], value + 1) for name, value in encoder.state_dict().items())


def test_torchscript_takes_it():
    encoder = EfficientNetLite0Encoder().eval()
    image = torch.randn(1, 3, 32, 32)
    torch.testing.assert_close(torch.jit.script(encoder)(image), encoder(image))
