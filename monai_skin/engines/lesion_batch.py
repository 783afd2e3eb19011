# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What of a batch the network is given and what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

__all__ = ["PrepareLesionBatch"]


class PrepareLesionBatch:
    """Take the image, and optionally a target, from a batch of lesion items to the device.

    MONAI's own takes ``label`` for the target, which is the diagnosis in our items. The image goes on in channels-last
    order: convolutions are up to twice as fast so. It keeps its metadata, by which results are inverted.

    Args:
        image: key of the network's input.
        target: key of what the loss compares with, or None when there is nothing to compare.
    """

    def __init__(self, *, image: str = "image", target: str | None = None) -> None:
        self.image, self.target = image, target

    def __call__(
        self,
        batchdata: Mapping[str, Any],
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **_: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return ``(B, 3, H, W)`` and the target as float32, or None."""
        image: torch.Tensor = batchdata[self.image]
        image = image.to(device=device, non_blocking=non_blocking, memory_format=torch.channels_last)
        if self.target is None:
            return image, None
        target = torch.as_tensor(batchdata[self.target]).as_subclass(torch.Tensor)
        return image, target.to(device=device, dtype=torch.float32, non_blocking=non_blocking)
