# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The depthwise convolution computes what ``nn.Conv2d`` computes, forward and backward."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from monai_skin.networks.blocks import DepthwiseConv2d


def twins(kernel: int, stride: int, padding: int) -> tuple[DepthwiseConv2d, nn.Conv2d]:
    torch.manual_seed(0)
    ours = DepthwiseConv2d(6, kernel_size=kernel, stride=stride, padding=padding)
    theirs = nn.Conv2d(6, 6, kernel, stride, padding, groups=6, bias=False)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_gradients_under_bfloat16_equal_those_of_float32_to_its_precision(kernel, stride, padding):
    ours, theirs = twins(kernel, stride, padding)
    # values that bfloat16 holds exactly, so that only the gradient's own rounding is left
    image = torch.randn(2, 6, 13, 17).bfloat16().float()
    for net in (ours, theirs):
        net.weight.data = net.weight.data.bfloat16().float()
    images = [image.clone().requires_grad_() for _ in range(2)]
    with torch.autocast("cpu", torch.bfloat16):
        output = ours(images[0])
    expected = theirs(images[1])
    seed = torch.randn_like(expected).bfloat16().float()
    output.backward(seed.to(output.dtype))
    expected.backward(seed)
    torch.testing.assert_close(output.float(), expected, atol=0.02, rtol=0.02)
    torch.testing.assert_close(images[0].grad, images[1].grad, atol=0.03, rtol=0.02)
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, atol=0.05, rtol=0.02)


def test_float32_is_exactly_the_library_s_convolution():
    ours, theirs = twins(5, 2, 2)
    image = torch.randn(1, 6, 11, 11)
    assert torch.equal(ours(image), theirs(image))


def test_state_dict_has_the_library_s_names():
    ours, theirs = twins(3, 1, 1)
    assert list(ours.state_dict()) == list(theirs.state_dict())


def test_an_image_that_needs_no_gradient_still_trains_the_weight():
    ours, _ = twins(5, 1, 2)
    with torch.autocast("cpu", torch.bfloat16):
        ours(torch.randn(1, 6, 9, 9)).sum().backward()
    assert ours.weight.grad is not None and ours.weight.grad.abs().sum() > 0
