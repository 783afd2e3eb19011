# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Deep-UNet on one thread: bfloat16 against eager float32, and a training step with and without our depthwise gradient.

``python -m benchmarks.deep_unet`` prints one JSON object.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from benchmarks.harness import compare, one_thread, report
from monai_skin.engines import Bfloat16Inferer
from monai_skin.networks import DeepUNet
from monai_skin.networks.blocks import DepthwiseConv2d

SIZE = (192, 256)


def inference(batch: int) -> Callable[[], dict[str, dict[str, float]]]:
    """Masks for one batch: the bundle's way, which is bfloat16 where the CPU has it, and PyTorch's plain way."""
    ours, plain = DeepUNet().eval(), DeepUNet().eval()
    plain.to(memory_format=torch.contiguous_format)
    image = torch.randn(batch, 3, *SIZE)
    last = image.contiguous(memory_format=torch.channels_last)
    chosen, always, never = Bfloat16Inferer(), Bfloat16Inferer(anywhere=True), Bfloat16Inferer(enabled=False)

    def measure() -> dict[str, dict[str, float]]:
        with torch.inference_mode():
            works = {
                "bundle": lambda: chosen(last, ours),
                "bundle, bfloat16 on any CPU": lambda: always(last, ours),
                "bundle, float32": lambda: never(last, ours),
                "eager float32": lambda: plain(image),
            }
            return compare(works, ours="bundle", rounds=7)

    return measure


def library_gradient(network: nn.Module) -> nn.Module:
    """The same network with PyTorch's own depthwise convolutions."""
    for module in network.modules():
        for name, child in module.named_children():
            if isinstance(child, DepthwiseConv2d):
                twin = nn.Conv2d(
                    child.in_channels,
                    child.out_channels,
                    child.kernel_size,
                    child.stride,
                    child.padding,
                    groups=child.groups,
                    bias=False,
                )
                setattr(module, name, twin)
    return network


def step(network: nn.Module, image: torch.Tensor, *, bfloat16: bool) -> None:
    """Forward and backward of one batch."""
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        loss = network(image).float().square().mean()
    loss.backward()
    network.zero_grad()


def training() -> dict[str, dict[str, float]]:
    """One step on 16 images of half the size."""
    image = torch.randn(16, 3, SIZE[0] // 2, SIZE[1] // 2).contiguous(memory_format=torch.channels_last)
    ours, theirs = DeepUNet().train(), library_gradient(DeepUNet()).train()
    works = {
        "bfloat16, our depthwise gradient": lambda: step(ours, image, bfloat16=True),
        "bfloat16, PyTorch's": lambda: step(theirs, image, bfloat16=True),
        "float32, PyTorch's": lambda: step(theirs, image, bfloat16=False),
    }
    return compare(works, ours="bfloat16, our depthwise gradient", rounds=5)


def main() -> None:
    """Measure and print."""
    one_thread()
    torch.manual_seed(0)
    results = {
        "inference, batch 1": inference(1)(),
        "inference, batch 8": inference(8)(),
        "training step, batch 16, 96 x 128": training(),
    }
    report("Deep-UNet, 192 x 256", results, ("torch", "monai"))


if __name__ == "__main__":
    main()
