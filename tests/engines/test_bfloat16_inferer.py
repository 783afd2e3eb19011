# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Mixed precision around the network call, the same on every device."""

from __future__ import annotations

import torch
from monai.data import MetaTensor

from monai_skin.engines import Bfloat16Inferer


class Spy(torch.nn.Module):
    """Remembers what it was given and in which precision it computed."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(3, 1, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        self.kind = type(image)
        output = self.layer(image)
        self.dtype = output.dtype
        return output


def test_the_network_computes_in_bfloat16_and_the_caller_gets_float32():
    spy = Spy()
    assert Bfloat16Inferer()(torch.ones(1, 3, 4, 4), spy).dtype is torch.float32
    assert spy.dtype is torch.bfloat16


def test_switched_off_it_is_float32_throughout():
    spy = Spy()
    output = Bfloat16Inferer(enabled=False)(torch.ones(1, 3, 4, 4), spy)
    assert spy.dtype is torch.float32
    assert torch.equal(output, spy(torch.ones(1, 3, 4, 4)))


def test_the_network_never_sees_a_meta_tensor():
    spy = Spy()
    Bfloat16Inferer()(MetaTensor(torch.ones(1, 3, 4, 4)), spy)
    assert spy.kind is torch.Tensor
