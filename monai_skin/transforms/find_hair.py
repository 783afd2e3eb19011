# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the hairs are: dark lines thinner than a small cross, by the black-hat operator."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
import torch

__all__ = ["find_hair"]

REFERENCE_WIDTH = 600
"""Width in pixels of the images for which the lengths below were chosen."""
CROSS = 17
SMOOTHING = 1.0
STRAIGHT = 2
"""Shortest straight run of a hair, in widths of the cross."""
ORIENTATIONS = 16
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


@lru_cache(maxsize=16)
def line_elements(length: int) -> tuple[Bytes, ...]:
    """Straight lines of ``length`` pixels in :data:`ORIENTATIONS` directions, each in its own small frame."""
    lines = []
    for angle in np.arange(ORIENTATIONS) * np.pi / ORIENTATIONS:
        along = np.array([np.cos(angle), np.sin(angle)]) * (length - 1) / 2
        line = np.zeros((length, length), np.uint8)
        ends = [tuple(int(part) for part in np.rint((length - 1) / 2 + sign * along)) for sign in (-1, 1)]
        cv2.line(line, ends[0], ends[1], [1])
        left, top, width, height = cv2.boundingRect(line)
        lines.append(line[top : top + height, left : left + width].copy())
    return tuple(lines)


def keep_straight(mask: Bytes, length: int) -> Bytes:
    """Keep marks that run straight for ``length`` pixels: hairs do, dots and the meshes of a pigment network do not."""
    straight = np.zeros_like(mask)
    for line in line_elements(length):
        np.bitwise_or(straight, cv2.morphologyEx(mask, cv2.MORPH_OPEN, line), out=straight)
    # A line drawn on the grid misses the ragged edge of a slanting hair.
    return np.asarray(np.minimum(cv2.dilate(straight, np.ones((3, 3), np.uint8)), mask))


def mark_hair(pixels: Bytes, threshold: float) -> Bytes:
    """:func:`find_hair` for ``(H, W, 3)`` bytes near the reference width: ``(H, W)`` bytes of 0 and 1."""
    element = cross(pixels.shape[1])
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    # Noise alone passes the threshold on most of an image: smooth first.
    gray = cv2.GaussianBlur(gray, (0, 0), SMOOTHING * max(0.5, pixels.shape[1] / REFERENCE_WIDTH))
    # Repeat the border outwards: a dark rim at the edge of the frame is then wide, and no hair.
    side = len(element)
    framed = cv2.copyMakeBorder(gray, side, side, side, side, cv2.BORDER_REPLICATE)
    lines = cv2.morphologyEx(framed, cv2.MORPH_BLACKHAT, element)[side:-side, side:-side]
    return keep_straight((lines > threshold).view(np.uint8), odd(STRAIGHT * side))


def find_hair(image: torch.Tensor, threshold: float = 10.0) -> torch.Tensor:
    """Mark dark hairs: the black-hat of the smoothed grey image by a cross of 17 pixels, above a threshold.

    All lengths are for an image 600 pixels wide and grow with the width; a much wider image is searched at reduced
    scale. Marks that nowhere run straight for twice the cross are dropped: dots, and the meshes of a
    pigment network, which is no hair but a sign to be kept.

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
