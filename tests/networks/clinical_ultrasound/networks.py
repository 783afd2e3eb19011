# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A pair of pictures and networks of a few thousand weights for it."""

from __future__ import annotations

from typing import Any

import torch

from monai_skin.networks import ClinicalUltrasoundNet, ResNetStageEncoder

# with a stride of 1 in front, pictures of 56 pixels have the maps 56, 28, 14 and 7 of a usual encoder at 224
SIDE, GRID, WIDTH = 56, 7, 16
PARTS = {
    "concatenation": (False, False, False),
    "+ALL": (True, False, False),
    "+AGL": (False, True, False),
    "+AL": (True, True, False),
    "+AL+FRL": (True, True, True),
}


def encoder(**sizes: Any) -> ResNetStageEncoder:
    """Of 16 channels: with fewer, PyTorch 2.13 writes past its memory in the gradient of a strided 1x1 convolution.

    That is so for channels_last on a CPU with AVX-512, in oneDNN's ``brgconv_strided``.
    """
    given = {"widths": [16, 16, 16, 16], "stem_stride": 1, "max_pool": False, **sizes}
    return ResNetStageEncoder(block="basic", layers=[1, 1, 1, 1], **given)


def make_net(parts: str = "+AL+FRL", *, seed: int = 0, **words: Any) -> ClinicalUltrasoundNet:
    """In training mode, always with the same weights."""
    torch.manual_seed(seed)
    names = ("local_attention", "global_attention", "reconstruction")
    given = {**dict(zip(names, PARTS[parts], strict=True)), **words}
    sizes = {"width": WIDTH, "local_heads": 4, "global_heads": 8, "hidden": 16}
    return ClinicalUltrasoundNet(clinical_encoder=encoder(), ultrasound_encoder=encoder(), **{**sizes, **given})


def pair(count: int = 2, *, seed: int = 0, side: int = SIDE) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(count, 3, side, side, generator=generator),
        torch.randn(count, 1, side, side, generator=generator),
    )
