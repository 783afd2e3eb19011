# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the hairs are: dark lines thinner than a small cross, by the black-hat operator."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import torch

__all__ = ["find_hair"]

REFERENCE_WIDTH = 600
"""Width in pixels of the images for which the lengths below were chosen."""
CROSS = 17
SMOOTHING = 1.0
Bytes = npt.NDArray[np.uint8]


def odd(length: float) -> int:
    """The nearest odd number of pixels, at least 3."""
    return max(3, 2 * round((length - 1) / 2) + 1)


def as_bytes(image: torch.Tensor) -> Bytes:
    """``(3, H, W)`` uint8, or float in [0, 1], as ``(H, W, 3)`` bytes."""
    pixels = image.permute(1, 2, 0)
    if pixels.dtype != torch.uint8:
        pixels = (pixels.float() * 255).round().clamp(0, 255).to(torch.uint8)
    return np.asarray(pixels.contiguous().numpy())


def working_copy(pixels: Bytes) -> Bytes:
    """``(H, W, 3)`` shrunk by the whole number that brings its width nearest to the reference width.

    Hairs get no wider by having more pixels, but the work does: this bounds the time an image can take.
    """
    factor = max(1, round(pixels.shape[1] / REFERENCE_WIDTH))
    size = (max(1, pixels.shape[1] // factor), max(1, pixels.shape[0] // factor))
    return pixels if factor == 1 else np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def cross(width: int) -> Bytes:
    """The structuring element for an image this wide."""
    side = odd(CROSS * width / REFERENCE_WIDTH)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_CROSS, (side, side)))


def drop_short(mask: Bytes, length: int) -> Bytes:
    """Remove groups of pixels that reach less than ``length`` pixels along rows and along columns: dots and noise."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    long = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) >= length
    long[0] = False
    return np.asarray(long[labels]).view(np.uint8)


def mark_hair(pixels: Bytes, threshold: float) -> Bytes:
    """:func:`find_hair` for ``(H, W, 3)`` bytes near the reference width: ``(H, W)`` bytes of 0 and 1."""
    element = cross(pixels.shape[1])
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    # Noise alone passes the threshold on most of an image: smooth first.
    gray = cv2.GaussianBlur(gray, (0, 0), SMOOTHING * max(0.5, pixels.shape[1] / REFERENCE_WIDTH))
    lines = cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, element)
    return drop_short((lines > threshold).view(np.uint8), len(element))


def find_hair(image: torch.Tensor, threshold: float = 10.0) -> torch.Tensor:
    """Mark dark hairs: the black-hat of the smoothed grey image by a cross of 17 pixels, above a threshold.

    All lengths are for an image 600 pixels wide and grow with the width; a much wider image is searched at reduced
    scale. Marks shorter than the cross are dropped.

    Args:
        image: ``(3, H, W)`` RGB, uint8 or float in [0, 1].
        threshold: grey levels of 255 by which a hair is darker than what surrounds it.

    Returns:
        ``(H, W)`` bool.
    """
    pixels = as_bytes(image)
    mask = mark_hair(working_copy(pixels), threshold)
    full = cv2.resize(mask, (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_NEAREST)
    return torch.from_numpy(np.asarray(full)).bool()
