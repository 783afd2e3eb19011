# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which pictures of a pair are there."""

from __future__ import annotations

import torch

from monai_skin.errors import InvalidInputError

__all__ = ["check_pair", "drop_modality", "fill_pair"]


def check_pair(image: torch.Tensor | None, ultrasound: torch.Tensor | None, *, missing: bool) -> None:
    """Refuse a pair that a network cannot take.

    Args:
        image: ``(B, 3, H, W)``.
        ultrasound: ``(B, 1, H, W)``.
        missing: whether one of them may be missing.

    Raises:
        InvalidInputError: a picture is missing or has another shape, or there are not as many of one as of the other.
    """
    for name, picture, channels in (("image", image, 3), ("ultrasound", ultrasound, 1)):
        if picture is None:
            if not missing:
                expected = "both pictures of the pair, or a network built with missing_modality"
                raise InvalidInputError.about("pair", name, "is missing", expected=expected)
        elif picture.ndim != 4 or picture.shape[1] != channels:
            expected = f"(B, {channels}, H, W)"
            raise InvalidInputError.about("pair", name, f"has shape {tuple(picture.shape)}", expected=expected)
    if image is None and ultrasound is None:
        raise InvalidInputError.about("pair", "image", "is missing like ultrasound", expected="at least one of them")
    if image is not None and ultrasound is not None and len(image) != len(ultrasound):
        problem = f"is a batch of {len(ultrasound)}"
        raise InvalidInputError.about("pair", "ultrasound", problem, expected=f"{len(image)}, one a photograph")


def fill_pair(
    image: torch.Tensor | None, ultrasound: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Both as ``(B, 3, H, W)``, zeros where one is missing, and ``(B, 2)`` bool, whether they are there."""
    if image is not None:
        there = torch.ones([image.shape[0], 1], dtype=torch.bool, device=image.device)
        if ultrasound is not None:
            return image, ultrasound.expand(-1, 3, -1, -1), torch.cat([there, there], dim=1)
        return image, torch.zeros_like(image), torch.cat([there, ~there], dim=1)
    if ultrasound is not None:
        there = torch.ones([ultrasound.shape[0], 1], dtype=torch.bool, device=ultrasound.device)
        grey = ultrasound.expand(-1, 3, -1, -1)
        return torch.zeros_like(grey), grey, torch.cat([~there, there], dim=1)
    raise ValueError("image and ultrasound are both missing; expected at least one of them")


def drop_modality(present: torch.Tensor, probability: float) -> torch.Tensor:
    """Let one picture of a pair count as missing, either with half the probability; a picture alone stays.

    Args:
        present: ``(B, 2)`` bool.
        probability: that a pair loses one.

    Returns:
        ``(B, 2)`` bool.
    """
    drawn = torch.rand([present.shape[0], 1], device=present.device)
    lost = torch.cat([drawn < probability / 2, (drawn >= probability / 2) & (drawn < probability)], dim=1)
    return present & ~(lost & present.all(dim=1, keepdim=True))
