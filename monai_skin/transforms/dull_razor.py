# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The five steps of DullRazor: mark, threshold, verify, replace and smooth hairs."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from monai_skin.transforms.find_hair import REFERENCE_WIDTH, Bytes, odd

__all__ = ["dull_razor"]

LINE, THRESHOLD, LONGEST, WIDEST, BEYOND, DILATION, MEDIAN = 11, 22, 50, 10, 11, 5, 5
"""Pixels at the reference width, and grey levels of 255 for the threshold."""
STEPS = ((0, 1), (1, 1), (1, 0), (1, -1))
"""One step (rows, columns) along each of four lines; with their opposites the eight directions."""
Lengths = npt.NDArray[np.int32]


def line_elements(length: int) -> list[Bytes]:
    """Horizontal, diagonal and vertical line of ``length`` pixels."""
    horizontal = np.ones((1, length), np.uint8)
    return [horizontal, np.eye(length, dtype=np.uint8)[::-1].copy(), horizontal.T.copy()]


def candidates(pixels: Bytes, length: int) -> Bytes:
    """Steps 1 and 2: darker in any channel than the largest of three closings along lines."""
    closed = [cv2.morphologyEx(pixels, cv2.MORPH_CLOSE, element) for element in line_elements(length)]
    difference = cv2.absdiff(pixels, np.maximum.reduce(closed))
    return np.asarray(difference.max(axis=2) > THRESHOLD).view(np.uint8)


def ray(mask: Bytes, step: tuple[int, int]) -> Lengths:
    """For each marked pixel, how many marked pixels follow one another from it, itself included, along ``step``."""
    if step[0] == 0:
        return np.ascontiguousarray(ray(np.ascontiguousarray(mask.T), (step[1], 0)).T)
    rows, columns = mask.shape
    order = range(rows - 1, -1, -1) if step[0] > 0 else range(rows)
    lengths = np.zeros((rows, columns), np.int32)
    before = np.zeros(columns + 2, np.int32)
    for row in order:
        lengths[row] = mask[row] * (1 + before[1 + step[1] : 1 + step[1] + columns])
        before[1:-1] = lengths[row]
    return lengths


def replace(pixels: Bytes, hair: Bytes, along: Lengths, rays: Lengths, beyond: int) -> Bytes:
    """Step 4: interpolate each hair pixel between two pixels across the hair, some way beyond its edges.

    Args:
        pixels: ``(H, W, 3)``.
        hair: ``(H, W)`` of 0 and 1.
        along: index in :data:`STEPS` of the line each pixel's hair runs along, ``(H, W)``.
        rays: lengths in the eight directions, ``(8, H, W)``: four along :data:`STEPS`, then their opposites.
        beyond: pixels between a hair's edge and the pixel taken.
    """
    row, column = hair.nonzero()
    across = (along[row, column] + 2) % 4
    step = np.array(STEPS)[across]
    values, weights = np.zeros((len(row), 3)), np.zeros((len(row), 1))
    for direction, sign in ((across, 1), (across + 4, -1)):
        distance = rays[direction, row, column] + beyond
        there_row, there_column = row + sign * distance * step[:, 0], column + sign * distance * step[:, 1]
        inside = (there_row >= 0) & (there_row < hair.shape[0]) & (there_column >= 0) & (there_column < hair.shape[1])
        there_row, there_column = there_row.clip(0, hair.shape[0] - 1), there_column.clip(0, hair.shape[1] - 1)
        weight = ((inside & (hair[there_row, there_column] == 0)) / distance)[:, None]
        values, weights = values + weight * pixels[there_row, there_column], weights + weight
    out = pixels.copy()
    found = weights[:, 0] > 0
    out[row[found], column[found]] = np.rint(values[found] / weights[found]).astype(np.uint8)
    return out


def dull_razor(pixels: Bytes) -> tuple[Bytes, Bytes]:
    """Remove hairs by DullRazor.

    Lee, Ng, Gallagher, Coldman and McLean, "DullRazor: A software approach to hair removal from images", Computers in
    Biology and Medicine 1997. A pixel is hair if the line through it in one of four orientations is longer than 50
    marked pixels and the lines in the others are shorter than 10 (for an image 600 wide). Hairs far from all four
    orientations are therefore left in place: a limit of the method.

    Args:
        pixels: ``(H, W, 3)`` bytes, RGB.

    Returns:
        The image without hair, and where it may have changed: ``(H, W)`` bytes of 0 and 1.
    """
    scale = pixels.shape[1] / REFERENCE_WIDTH
    marked = candidates(pixels, odd(LINE * scale))
    rays = np.stack([ray(marked, step) for step in STEPS] + [ray(marked, (-step[0], -step[1])) for step in STEPS])
    lines = rays[:4] + rays[4:] - marked
    ordered = np.sort(lines, axis=0)
    hair = ((ordered[3] > LONGEST * scale) & (ordered[2] < WIDEST * scale)).view(np.uint8)
    replaced = replace(pixels, hair, lines.argmax(axis=0).astype(np.int32), rays, max(1, round(BEYOND * scale)))
    side = odd(DILATION * scale)
    changed = cv2.dilate(hair, np.ones((side, side), np.uint8))
    smooth = cv2.medianBlur(replaced, MEDIAN)
    return np.where(changed[..., None] > 0, smooth, replaced), np.asarray(changed)
