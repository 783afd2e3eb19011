# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Mixed precision around the network call, the same on every device."""

from __future__ import annotations

import pytest
import torch
from monai.data import MetaTensor

from monai_skin.engines import Bfloat16Inferer, has_fast_bfloat16
from monai_skin.errors import UsageError


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
    assert Bfloat16Inferer(anywhere=True)(torch.ones(1, 3, 4, 4), spy).dtype is torch.float32
    assert spy.dtype is torch.bfloat16


@pytest.mark.parametrize(
    ("found", "dtype"),
    [
        ({"avx2": True, "avx512_bf16": False, "amx_bf16": False}, torch.float32),
        ({"avx2": True, "avx512_bf16": True, "amx_bf16": False}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({}, torch.float32),
    ],
)
def test_a_cpu_that_only_imitates_bfloat16_computes_in_float32(found, dtype, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)
    assert has_fast_bfloat16("cpu") is (dtype is torch.bfloat16)
    spy = Spy()
    Bfloat16Inferer()(torch.ones(1, 3, 4, 4), spy)
    assert spy.dtype is dtype


def test_a_gpu_is_taken_to_know_bfloat16():
    assert has_fast_bfloat16(torch.device("cuda", 1))


def test_text_in_place_of_a_truth_value_is_refused():
    with pytest.raises(UsageError, match=r"amp is 'false'; expected True or False"):
        Bfloat16Inferer(enabled="false")


def test_switched_off_it_is_float32_throughout():
    spy = Spy()
    output = Bfloat16Inferer(enabled=False)(torch.ones(1, 3, 4, 4), spy)
    assert spy.dtype is torch.float32
    assert torch.equal(output, spy(torch.ones(1, 3, 4, 4)))


def test_the_network_never_sees_a_meta_tensor():
    spy = Spy()
    Bfloat16Inferer()(MetaTensor(torch.ones(1, 3, 4, 4)), spy)
    assert spy.kind is torch.Tensor


def test_a_dictionary_of_outputs_is_returned_in_float32_and_its_flags_as_they_are():
    layer = torch.nn.Conv2d(3, 1, 1)

    def network(image: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": layer(image), "present": torch.tensor([True])}

    found = Bfloat16Inferer(anywhere=True)(torch.ones(1, 3, 4, 4), network)
    assert {name: value.dtype for name, value in found.items()} == {"logits": torch.float32, "present": torch.bool}
