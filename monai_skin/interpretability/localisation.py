# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How much of the heat lies on the lesion."""

from __future__ import annotations

import torch

from monai_skin.errors import IntegrityError, InvalidInputError

__all__ = ["heat_in_lesion", "pointing_game"]


def heat_in_lesion(heat: torch.Tensor, lesion: torch.Tensor) -> torch.Tensor:
    """Share of a map's sum that lies on the lesion, the energy-based pointing game.

    Wang et al., "Score-CAM", CVPR Workshops 2020, https://arxiv.org/abs/1910.01279; energy is the value of the map, not
    its square. Compare it with the share of the picture that the lesion covers: a map that is the same everywhere gets
    exactly that.

    Args:
        heat: ``(B, H, W)``, not negative; not stretched, as stretching takes the lowest value away.
        lesion: ``(B, H, W)``, non-zero on the lesion.

    Returns:
        ``(B,)`` float64 in [0, 1]; NaN for a map that is all 0.

    Raises:
        InvalidInputError: ``heat`` has another shape, or is negative or NaN somewhere.
        IntegrityError: map and lesion differ in shape.
    """
    values = _checked(heat, lesion).double()
    inside = torch.where(lesion.to(heat.device) != 0, values, 0.0).sum(dim=(1, 2))
    return inside / values.sum(dim=(1, 2))


def pointing_game(heat: torch.Tensor, lesion: torch.Tensor) -> torch.Tensor:
    """Whether the hottest pixel lies on the lesion.

    Zhang et al., "Top-down Neural Attention by Excitation Backprop", ECCV 2016, https://arxiv.org/abs/1608.00507,
    without its margin around the object. Several pixels that are equally hot count by their share on the lesion.

    Args:
        heat: ``(B, H, W)``, not negative.
        lesion: ``(B, H, W)``, non-zero on the lesion.

    Returns:
        ``(B,)`` float64: 1 for a hit, 0 for a miss; NaN for a map that is all 0 and points nowhere.

    Raises:
        InvalidInputError: ``heat`` has another shape, or is negative or NaN somewhere.
        IntegrityError: map and lesion differ in shape.
    """
    values = _checked(heat, lesion)
    hottest = (values == values.amax(dim=(1, 2), keepdim=True)) & (values > 0)
    hits = (hottest & (lesion.to(heat.device) != 0)).sum(dim=(1, 2))
    return hits.double() / hottest.sum(dim=(1, 2))


def _checked(heat: torch.Tensor, lesion: torch.Tensor) -> torch.Tensor:
    if heat.ndim != 3 or not bool((heat >= 0).all()):
        problem = f"has shape {tuple(heat.shape)}" if heat.ndim != 3 else "is negative or NaN somewhere"
        raise InvalidInputError.about("explanation", "heat", problem, expected="0 or more, of shape (B, H, W)")
    if lesion.shape != heat.shape:
        problem = f"has the shape {tuple(lesion.shape)} under a heat map of {tuple(heat.shape)}"
        raise IntegrityError.about("explanation", "lesion", problem, expected="equal shapes")
    return heat
