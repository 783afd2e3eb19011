# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a phantom's lesion is, and how its border runs."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from monai_skin.data.phantoms.fields import Field, cloud, grid

__all__ = ["Border", "Shape", "draw_border", "place"]


class Border(NamedTuple):
    """A closed curve in polar form, the property of a lesion and not of one picture of it.

    Args:
        radius: mean, in units of the shorter side.
        stretch: ratio of the long to the short axis.
        waves: amplitude and phase of the 2nd, 3rd … harmonic of the radius.
        ragged: how far fine notches reach, as a share of the radius.
    """

    radius: float
    stretch: float
    waves: tuple[tuple[float, float], ...]
    ragged: float


class Shape(NamedTuple):
    """A lesion as it lies in one picture.

    Args:
        depth: ``(H, W)``, 1 in the middle, 0 on the border, negative outside.
        angle: ``(H, W)`` radians around the middle.
        mask: ``(H, W)`` bool, one piece.
        radius: mean, in units of the shorter side.
    """

    depth: Field
    angle: Field
    mask: npt.NDArray[np.bool_]
    radius: float


def draw_border(rng: np.random.Generator, irregularity: float, radius: tuple[float, float]) -> Border:
    """A border at random; ``irregularity`` runs from 0 (an ellipse) to 1 (deep bays and notches)."""
    waves = tuple(
        (float(rng.uniform(0.3, 1.0) * (0.02 + 0.16 * irregularity) / (k - 1)), float(rng.uniform(0, 2 * math.pi)))
        for k in range(2, 9)
    )
    stretch = float(rng.uniform(1.0, 1.25 + 0.35 * irregularity))
    return Border(float(rng.uniform(*radius)), stretch, waves, 0.010 + 0.035 * irregularity)


def place(rng: np.random.Generator, border: Border, size: tuple[int, int]) -> Shape:
    """Lay a lesion into a picture, turned and moved at random."""
    y, x = grid(size)
    reach = np.array(size) / min(size) * 0.5 - border.radius
    middle = rng.uniform(-0.35, 0.35, 2) * np.maximum(reach, 0)
    turn = float(rng.uniform(0, 2 * math.pi))
    y, x = y - np.float32(middle[0]), x - np.float32(middle[1])
    along = (math.cos(turn) * x + math.sin(turn) * y) / math.sqrt(border.stretch)
    across = (math.cos(turn) * y - math.sin(turn) * x) * math.sqrt(border.stretch)
    angle = np.arctan2(across, along).astype(np.float32)
    edge = np.ones(size, np.float32)
    for k, (amplitude, phase) in enumerate(border.waves, start=2):
        edge += amplitude * np.cos(k * angle + phase)
    edge += border.ragged * cloud(rng, size, 0.09) + border.ragged / 3 * cloud(rng, size, 0.03)
    depth = (1 - np.hypot(along, across) / (border.radius * np.maximum(edge, 0.2))).astype(np.float32)
    return Shape(depth, angle, _one_piece(depth > 0), border.radius)


def _one_piece(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The largest piece with its holes filled, as a person would outline it."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(outlines, key=cv2.contourArea)
    return cv2.drawContours(np.zeros(mask.shape, np.uint8), [largest], 0, 1, -1).astype(bool)
