# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Mixed precision that is the same on a CPU and on CUDA, where it is any faster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from monai.inferers import Inferer, SimpleInferer

from monai_skin.errors import UsageError

__all__ = ["Bfloat16Inferer", "has_fast_bfloat16"]


def has_fast_bfloat16(device: torch.device | str) -> bool:
    """Whether bfloat16 is computed by the device itself.

    A CPU without AVX512-BF16 or AMX converts every number to float32 and back, which gains nothing and takes longer.
    """
    kind = torch.device(device).type
    if kind != "cpu":
        return True
    # an older torch does not say: float32 is never wrong
    found: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(bool(found.get(name)) for name in ("avx512_bf16", "amx_bf16", "bf16"))


class Bfloat16Inferer(Inferer):
    """Run the network under bfloat16 autocast and return float32.

    MONAI's ``amp`` autocasts CUDA only, in float16 with a loss scaler. Bfloat16 has the range of float32, needs no
    scaler, and runs on both; so this stands around the network call and ``amp`` of the engine stays off. On a CPU that
    can only imitate bfloat16 the network runs in float32, see :func:`has_fast_bfloat16`.

    Args:
        enabled: False runs in float32.
        inferer: what calls the network; MONAI's ``SimpleInferer`` if None.
        anywhere: use bfloat16 also where it is imitated, to get the same numbers as where it is not.

    Raises:
        UsageError: ``enabled`` is text, as from ``--amp false`` on a command line; Python's words are True and False.
    """

    def __init__(self, *, enabled: bool = True, inferer: Inferer | None = None, anywhere: bool = False) -> None:
        super().__init__()
        if not isinstance(enabled, bool):
            raise UsageError.about("inferer", "amp", f"is {enabled!r}", expected="True or False")
        self.enabled, self.anywhere = enabled, anywhere
        self.inferer = inferer or SimpleInferer()

    def __call__(self, inputs: torch.Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return the network's output for ``(B, C, H, W)`` inputs, a tensor or a dictionary of them, in float32."""
        enabled = self.enabled and (self.anywhere or has_fast_bfloat16(inputs.device))
        with torch.autocast(inputs.device.type, dtype=torch.bfloat16, enabled=enabled):
            # a plain tensor: every operation on MONAI's MetaTensor would pay for its metadata
            output: Any = self.inferer(inputs.as_subclass(torch.Tensor), network, *args, **kwargs)
        return _in_float32(output)


def _in_float32(output: Any) -> Any:
    """Floating-point tensors as float32, also those of a dictionary, which some networks return in training."""
    if isinstance(output, Mapping):
        return {name: _in_float32(part) for name, part in output.items()}
    return output.float() if output.is_floating_point() else output
