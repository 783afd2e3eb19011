# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Smooth random fields and repeated patterns, the raw material of the phantoms.

Every field is ``(H, W)`` float32. Lengths are in units of the shorter side, so that a small phantom looks like a large
one seen from further away.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Field", "blend", "cloud", "dots", "grid", "honeycomb", "smoothstep"]

Field = npt.NDArray[np.float32]


def grid(size: tuple[int, int]) -> tuple[Field, Field]:
    """Row and column coordinates, 0 in the middle, the shorter side from -0.5 to 0.5."""
    rows, columns = size
    short = min(size)
    y = (np.arange(rows, dtype=np.float32) - (rows - 1) / 2) / short
    x = (np.arange(columns, dtype=np.float32) - (columns - 1) / 2) / short
    return np.broadcast_to(y[:, None], size), np.broadcast_to(x[None, :], size)


def cloud(rng: np.random.Generator, size: tuple[int, int], grain: float) -> Field:
    """Smooth noise of mean 0 and deviation 1, with spots about ``grain`` wide."""
    step = max(grain * min(size) / 2, 1.0)
    coarse = tuple(max(4, math.ceil(side / step) + 3) for side in size)
    noise = rng.standard_normal(coarse, dtype=np.float32)
    field = cv2.resize(noise, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray((field - field.mean()) / (field.std() + 1e-6), np.float32)


def honeycomb(rng: np.random.Generator, size: tuple[int, int], cell: float, warp: float) -> Field:
    """A net of lines (1) around holes (0), like a pigment network; ``warp`` makes its cells uneven."""
    y, x = grid(size)
    turn = rng.uniform(0, math.pi)
    y = y + warp * cell * cloud(rng, size, 5 * cell)
    x = x + warp * cell * cloud(rng, size, 5 * cell)
    waves = np.zeros(size, np.float32)
    for third in range(3):
        angle = turn + third * math.pi / 3
        waves += np.cos((2 * math.pi / cell) * (math.cos(angle) * x + math.sin(angle) * y)).astype(np.float32)
    return 1 - smoothstep(waves, -1.1, 0.6)


def dots(
    rng: np.random.Generator, inside: npt.NDArray[np.bool_], count: int, radius: tuple[float, float], soft: float = 0.5
) -> Field:
    """Round spots (1) on 0, their middles inside a region, their radii drawn from a range."""
    field = np.zeros(inside.shape, np.float32)
    places = np.argwhere(inside)
    if not len(places):
        return field
    short = min(inside.shape)
    for row, column in places[rng.integers(len(places), size=count)]:
        width = rng.uniform(*radius) * short
        middle = (int(column * 16), int(row * 16))
        axes = (max(8, int(width * 16)), max(8, int(width * 16 * rng.uniform(0.7, 1.0))))
        cv2.ellipse(field, middle, axes, rng.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA, 4)
    blur = max(soft * radius[0] * short, 0.3)
    return cv2.GaussianBlur(field, (0, 0), blur).astype(np.float32)


def smoothstep(field: Field, low: float, high: float) -> Field:
    """0 below ``low``, 1 above ``high``, and a smooth rise between."""
    t = np.clip((field - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def blend(picture: Field, colour: tuple[float, float, float], weight: Field) -> None:
    """Move an ``(H, W, 3)`` picture towards a colour in [0, 1], in place, where ``weight`` says so."""
    picture += (np.asarray(colour, np.float32) - picture) * weight[..., None]
