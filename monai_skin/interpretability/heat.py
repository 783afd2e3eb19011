# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Heat maps at the size of a picture, and their colours' scale."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from monai_skin.errors import InvalidInputError

__all__ = ["enlarge_heat", "stretch_heat"]

_LEAST_SHARE = 1e-6  # of the largest value: smaller differences are rounding


def enlarge_heat(heat: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Interpolate maps bilinearly to a picture's size; values keep their scale.

    Args:
        heat: ``(B, h, w)``, finite.
        size: rows and columns.

    Returns:
        ``(B, rows, columns)`` float32, nowhere below or above what ``heat`` reaches.

    Raises:
        InvalidInputError: another shape, or values that are not finite.
    """
    return F.interpolate(_checked(heat)[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]


def stretch_heat(heat: torch.Tensor) -> torch.Tensor:
    """Stretch each map by itself to [0, 1], for looking at.

    The colours then say where, and not how much: a faint map looks like a strong one. Measure on the map itself.

    Args:
        heat: ``(B, h, w)``, finite.

    Returns:
        Float32 of the same shape; all 0 where a map is the same everywhere, so also where it is all 0.

    Raises:
        InvalidInputError: another shape, or values that are not finite.
    """
    checked = _checked(heat)
    low, high = checked.amin(dim=(1, 2), keepdim=True), checked.amax(dim=(1, 2), keepdim=True)
    spread = high - low
    uneven = spread > _LEAST_SHARE * torch.maximum(high.abs(), low.abs())
    return torch.where(uneven, (checked - low) / torch.where(uneven, spread, 1.0), 0.0)


def _checked(heat: torch.Tensor) -> torch.Tensor:
    if heat.ndim != 3 or not bool(torch.isfinite(heat).all()):
        problem = f"has shape {tuple(heat.shape)}" if heat.ndim != 3 else "is not finite"
        raise InvalidInputError.about("explanation", "heat", problem, expected="finite numbers of shape (B, h, w)")
    return heat.detach().float()
