# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What of a batch a classifier is given, and the diagnosis it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

__all__ = ["PrepareDiagnosisBatch"]

Inputs = tuple[torch.Tensor, torch.Tensor | None, tuple[()], dict[str, torch.Tensor]]


class PrepareDiagnosisBatch:
    """Take image, further inputs and label from a batch of lesion items to the device.

    MONAI's ``PrepareBatchExtraInput`` wants all of them and a target always; here a further input is passed on by its
    own name, which is that of the network's argument, and the target may be absent. Images go on in channels-last
    order: convolutions are up to twice as fast so.

    Args:
        image: key of the network's first input.
        extra: keys of further inputs, such as ``segmented`` and ``clinical``.
        target: key of the class index, or None when there is nothing to compare with.
    """

    def __init__(self, *, image: str = "image", extra: Sequence[str] = (), target: str | None = "label") -> None:
        self.image, self.extra, self.target = image, tuple(extra), target

    def __call__(
        self,
        batchdata: Mapping[str, Any],
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **_: Any,
    ) -> Inputs:
        """Return ``(B, 3, H, W)``, ``(B,)`` class indices or None, nothing, and the further inputs by name."""
        image = self._moved(batchdata[self.image], device, non_blocking)
        extra = {key: self._moved(batchdata[key], device, non_blocking) for key in self.extra}
        if self.target is None:
            return image, None, (), extra
        target = torch.as_tensor(batchdata[self.target]).as_subclass(torch.Tensor)
        return image, target.to(device=device, dtype=torch.int64, non_blocking=non_blocking), (), extra

    @staticmethod
    def _moved(value: torch.Tensor, device: str | torch.device | None, non_blocking: bool) -> torch.Tensor:
        layout = torch.channels_last if value.ndim == 4 else torch.contiguous_format
        plain = value.as_subclass(torch.Tensor)
        return plain.to(device=device, non_blocking=non_blocking, memory_format=layout)
