# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a dermoscope and a patient add to a picture: hair, ruler, gel bubbles, dark corners, blur and noise."""

from __future__ import annotations

import math

import cv2
import numpy as np

from monai_skin.data.phantoms.fields import Field, blend, cloud, grid, smoothstep

__all__ = ["add_artefacts", "add_hair", "add_light"]


def add_artefacts(rng: np.random.Generator, picture: Field) -> None:
    """Draw, in place, what one exposure happens to show; the lesion below stays as it is."""
    if rng.random() < 0.7:
        add_hair(rng, picture, count=int(rng.integers(1, 14)))
    if rng.random() < 0.35:
        _bubbles(rng, picture, count=int(rng.integers(2, 9)))
    if rng.random() < 0.3:
        _ruler(rng, picture)
    add_light(rng, picture)
    if rng.random() < 0.35:
        _dark_corners(rng, picture)
    picture += rng.normal(0, 1, picture.shape).astype(np.float32) * float(rng.uniform(0.004, 0.012))
    np.clip(picture, 0, 1, out=picture)


def add_hair(rng: np.random.Generator, picture: Field, count: int) -> None:
    """Dark hairs that lie roughly one way; in place."""
    size = picture.shape[:2]
    layer = np.zeros(size, np.float32)
    lie = rng.uniform(0, math.pi)
    for _ in range(count):
        width = max(1, round(float(rng.uniform(0.002, 0.006)) * min(size)))
        line = _hair_line(rng, size, lie + rng.normal(0, 0.5))
        cv2.polylines(layer, [line], False, float(rng.uniform(0.6, 0.95)), width, cv2.LINE_AA, 4)
    dark = rng.uniform(0.05, 0.25)
    blend(picture, (dark * 1.2, dark * 0.9, dark * 0.7), cv2.GaussianBlur(layer, (0, 0), 0.6).astype(np.float32))


def _hair_line(
    rng: np.random.Generator, size: tuple[int, ...], lie: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """A bent line (a quadratic Bézier curve) in sixteenths of a pixel."""
    reach = rng.uniform(0.25, 0.7) * max(size[:2])
    middle = rng.uniform(0, 1, 2) * (size[1], size[0])
    along = np.array([math.cos(lie), math.sin(lie)])
    bend = np.array([-along[1], along[0]]) * rng.normal(0, 0.25) * reach
    t = np.linspace(0, 1, 24)[:, None]
    curve = middle + along * reach * (2 * t - 1) + bend * 4 * t * (1 - t)
    return np.round(curve * 16).astype(np.int32)


def _bubbles(rng: np.random.Generator, picture: Field, count: int) -> None:
    size = picture.shape[:2]
    layer = np.zeros(size, np.float32)
    for _ in range(count):
        middle = (int(rng.integers(size[1]) * 16), int(rng.integers(size[0]) * 16))
        radius = int(rng.uniform(0.006, 0.03) * min(size) * 16)
        cv2.circle(layer, middle, radius, 0.35, max(1, min(size) // 220), cv2.LINE_AA, 4)
        spot = (middle[0] - radius // 2, middle[1] - radius // 2)
        cv2.circle(layer, spot, max(radius // 5, 8), 0.8, -1, cv2.LINE_AA, 4)
    blend(picture, (1.0, 0.98, 0.96), cv2.GaussianBlur(layer, (0, 0), 0.8).astype(np.float32))


def _ruler(rng: np.random.Generator, picture: Field) -> None:
    """A scale with a tick every millimetre and a longer one every five, along one edge."""
    rows, columns = picture.shape[:2]
    layer = np.zeros((rows, columns), np.float32)
    short = min(rows, columns)
    upright = bool(rng.random() < 0.5)
    millimetre = float(rng.uniform(0.035, 0.06)) * short
    start = float(rng.uniform(0.02, 0.06)) * short
    for tick in range(int((rows if upright else columns) / millimetre) + 1):
        length = short * (0.05 if tick % 5 == 0 else 0.03)
        ends = [(start, tick * millimetre), (start + length, tick * millimetre)]
        first, last = (tuple(int(v * 16) for v in (end if upright else end[::-1])) for end in ends)
        cv2.line(layer, first, last, 0.85, max(1, short // 250), cv2.LINE_AA, 4)
    blend(picture, (0.08, 0.08, 0.10), layer)


def add_light(rng: np.random.Generator, picture: Field) -> None:
    """A slope of brightness, less light away from the middle, and a cast of colour; in place."""
    y, x = grid((picture.shape[0], picture.shape[1]))
    angle = rng.uniform(0, 2 * math.pi)
    slope = (math.cos(angle) * x + math.sin(angle) * y) * float(rng.uniform(0, 0.12))
    fall = (x * x + y * y) * float(rng.uniform(0.05, 0.35))
    cast = 1 + rng.normal(0, 0.03, 3).astype(np.float32)
    picture *= np.clip(1 + slope - fall, 0.2, 1.2)[..., None] * cast


def _dark_corners(rng: np.random.Generator, picture: Field) -> None:
    """The black edge of a round field of view."""
    size = (picture.shape[0], picture.shape[1])
    y, x = grid(size)
    corner = math.hypot(*(side / min(size) / 2 for side in size))
    edge = corner * float(rng.uniform(0.86, 0.97))
    wobble = 0.004 * cloud(rng, size, 0.3)
    blend(picture, (0.03, 0.02, 0.03), smoothstep(np.hypot(x, y).astype(np.float32) + wobble, edge - 0.02, edge + 0.01))
