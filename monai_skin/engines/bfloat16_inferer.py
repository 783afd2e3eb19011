# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Mixed precision that is the same on a CPU and on CUDA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from monai.inferers import Inferer, SimpleInferer

__all__ = ["Bfloat16Inferer"]


class Bfloat16Inferer(Inferer):
    """Run the network under bfloat16 autocast and return float32.

    MONAI's ``amp`` autocasts CUDA only, in float16 with a loss scaler. Bfloat16 has the range of float32, needs no
    scaler, and runs on both; so this stands around the network call and ``amp`` of the engine stays off.

    Args:
        enabled: False runs in float32.
        inferer: what calls the network; MONAI's ``SimpleInferer`` if None.
    """

    def __init__(self, *, enabled: bool = True, inferer: Inferer | None = None) -> None:
        super().__init__()
        self.enabled = enabled
        self.inferer = inferer or SimpleInferer()

    def __call__(
        self, inputs: torch.Tensor, network: Callable[..., torch.Tensor], *args: Any, **kwargs: Any
    ) -> torch.Tensor:
        """Return the network's output for ``(B, C, H, W)`` inputs, in float32."""
        with torch.autocast(inputs.device.type, dtype=torch.bfloat16, enabled=self.enabled):
            # a plain tensor: every operation on MONAI's MetaTensor would pay for its metadata
            output: torch.Tensor = self.inferer(inputs.as_subclass(torch.Tensor), network, *args, **kwargs)
        return output.float()
