# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What each class of lesion looks like under the dermoscope, in broad strokes.

The signs are those of pattern analysis (Kittler et al., J Am Acad Dermatol 2016, https://doi.org/10.1016/j.jaad.2015.12.038):
enough for the classes to differ visibly, far from enough to teach a model medicine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import cv2
import numpy as np

from monai_skin.data.phantoms.fields import Field, blend, cloud, dots, honeycomb, smoothstep
from monai_skin.data.phantoms.shape import Shape

__all__ = ["APPEARANCES", "Appearance"]


class Appearance(NamedTuple):
    """How a class is drawn.

    Args:
        paint: draws the lesion into the skin, in place.
        irregularity: of the border, 0 to 1.
        radius: range of the mean radius, in units of the shorter side.
        age: range in years.
    """

    paint: Callable[[np.random.Generator, Field, Shape], None]
    irregularity: float
    radius: tuple[float, float]
    age: tuple[int, int]


def _body(shape: Shape, softness: float) -> Field:
    """Weight of the lesion: 1 inside, falling to 0 across its border."""
    return smoothstep(shape.depth, -softness / 2, softness)


def _size(shape: Shape) -> tuple[int, int]:
    return shape.mask.shape[0], shape.mask.shape[1]


def _pigment(picture: Field, strength: Field) -> None:
    """Darken the way melanin does: blue light most, red light least."""
    picture *= np.exp(-strength[..., None] * np.array([0.75, 1.15, 1.45], np.float32))


def _nevus(rng: np.random.Generator, picture: Field, shape: Shape) -> None:
    size, body = _size(shape), _body(shape, 0.28)
    tone, lines = rng.uniform(0.35, 0.75), rng.uniform(0.1, 0.5)
    net = honeycomb(rng, size, cell=rng.uniform(0.022, 0.032), warp=0.25)
    towards_edge = 1 - 0.45 * smoothstep(shape.depth, 0.1, 0.8)
    _pigment(picture, body * (tone * (0.8 + 0.1 * cloud(rng, size, 0.2)) + lines * net * towards_edge))
    if rng.random() < 0.5:
        globules = dots(rng, shape.depth > 0.15, int(rng.integers(15, 50)), (0.005, 0.009))
        _pigment(picture, 0.5 * globules)


def _melanoma(rng: np.random.Generator, picture: Field, shape: Shape) -> None:
    size, body = _size(shape), _body(shape, 0.14)
    patches = cloud(rng, size, 0.28)
    lopsided = np.cos(shape.angle - rng.uniform(0, 6.28)) * np.clip(1 - shape.depth, 0, 1)
    net = honeycomb(rng, size, cell=rng.uniform(0.026, 0.038), warp=0.35) * smoothstep(cloud(rng, size, 0.2), -0.4, 0.8)
    _pigment(picture, body * np.clip(0.85 + 0.35 * patches + 0.45 * lopsided + 0.6 * net, 0.15, 2.2))
    veil = body * smoothstep(cloud(rng, size, 0.3) + 0.8 * shape.depth, 0.6, 1.4)
    blend(picture, (0.33, 0.37, 0.46), 0.75 * veil)
    regression = body * smoothstep(cloud(rng, size, 0.18), 1.3, 2.0)
    blend(picture, (0.84, 0.74, 0.72), 0.7 * regression)
    blend(picture, (0.62, 0.22, 0.20), 0.45 * body * smoothstep(cloud(rng, size, 0.22), 1.0, 1.8))
    streaks = smoothstep(np.cos(shape.angle * int(rng.integers(26, 44)) + cloud(rng, size, 0.1)), 0.3, 0.9)
    rim = smoothstep(shape.depth, -0.16, 0.02) * (1 - smoothstep(shape.depth, 0.08, 0.2))
    _pigment(picture, 0.8 * streaks * rim * smoothstep(lopsided, -0.2, 0.5))
    _pigment(picture, 1.2 * dots(rng, shape.depth > 0.05, int(rng.integers(15, 45)), (0.003, 0.010)))


def _benign_keratosis(rng: np.random.Generator, picture: Field, shape: Shape) -> None:
    size, body = _size(shape), _body(shape, 0.06)
    _pigment(picture, body * (0.55 + 0.12 * cloud(rng, size, 0.06)))
    blend(picture, (0.62, 0.46, 0.28), 0.4 * body)
    ridges = np.abs(cloud(rng, size, 0.06))
    _pigment(picture, body * 0.5 * (1 - smoothstep(ridges, 0.05, 0.35)))
    blend(picture, (0.97, 0.93, 0.80), 0.9 * dots(rng, shape.depth > 0.1, int(rng.integers(12, 35)), (0.005, 0.011)))
    openings = dots(rng, shape.depth > 0.1, int(rng.integers(8, 25)), (0.006, 0.014))
    blend(picture, (0.20, 0.12, 0.07), 0.85 * openings)


def _basal_cell_carcinoma(rng: np.random.Generator, picture: Field, shape: Shape) -> None:
    size, body = _size(shape), _body(shape, 0.25)
    blend(picture, (0.82, 0.50, 0.49), body * np.clip(0.65 + 0.12 * cloud(rng, size, 0.15), 0, 1))
    _pigment(picture, 0.25 * body * smoothstep(cloud(rng, size, 0.2), 0.2, 1.2))
    nests = dots(rng, shape.depth > 0.2, int(rng.integers(4, 12)), (0.015, 0.045), soft=0.35)
    blend(picture, (0.34, 0.33, 0.42), 0.8 * nests)
    blend(picture, (0.70, 0.10, 0.13), 0.85 * _vessels(rng, shape))
    blend(picture, (1.0, 0.93, 0.92), 0.6 * body * smoothstep(cloud(rng, size, 0.05), 2.0, 2.6))


def _vessels(rng: np.random.Generator, shape: Shape) -> Field:
    """Branching lines that get thinner from trunk to twig, cut off at the border."""
    layer = np.zeros(shape.mask.shape, np.float32)
    short = min(shape.mask.shape)
    places = np.argwhere(shape.mask)
    for row, column in places[rng.integers(len(places), size=int(rng.integers(4, 8)))]:
        tips = [(float(column), float(row), float(rng.uniform(0, 6.28)), 0.0055)]
        while tips:
            x, y, heading, width = tips.pop()
            for _ in range(int(rng.integers(5, 10))):
                heading += rng.normal(0, 0.35)
                ahead = (x + 0.02 * short * float(np.cos(heading)), y + 0.02 * short * float(np.sin(heading)))
                ends = [(round(px * 16), round(py * 16)) for px, py in ((x, y), ahead)]
                cv2.line(layer, ends[0], ends[1], 1.0, max(1, round(width * short)), cv2.LINE_AA, 4)
                x, y = ahead
            if width > 0.0022:
                tips += [(x, y, heading + turn, width * 0.6) for turn in (-0.6, 0.6)]
    return (cv2.GaussianBlur(layer, (0, 0), 0.7) * smoothstep(shape.depth, -0.05, 0.1)).astype(np.float32)


def _actinic_keratosis(rng: np.random.Generator, picture: Field, shape: Shape) -> None:
    size, body = _size(shape), _body(shape, 0.35)
    blend(picture, (0.80, 0.40, 0.36), body * np.clip(0.6 + 0.15 * cloud(rng, size, 0.05), 0, 1))
    follicles = honeycomb(rng, size, cell=0.04, warp=0.5)
    blend(picture, (0.95, 0.80, 0.72), 0.5 * body * (1 - follicles))
    scale = body * smoothstep(cloud(rng, size, 0.08) + 0.6 * cloud(rng, size, 0.02), 1.2, 2.0)
    blend(picture, (0.95, 0.91, 0.84), 0.85 * scale)


def _dermatofibroma(rng: np.random.Generator, picture: Field, shape: Shape) -> None:
    size, body = _size(shape), _body(shape, 0.4)
    _pigment(picture, body * (0.35 + 0.35 * honeycomb(rng, size, cell=0.024, warp=0.3)))
    scar = smoothstep(shape.depth + 0.08 * cloud(rng, size, 0.08), 0.45, 0.7)
    blend(picture, (0.95, 0.83, 0.79), 0.85 * scar)


def _vascular(rng: np.random.Generator, picture: Field, shape: Shape) -> None:
    size, body = _size(shape), _body(shape, 0.08)
    blend(picture, (0.66, 0.20, 0.24), body * np.clip(0.75 + 0.1 * cloud(rng, size, 0.1), 0, 1))
    for colour in ((0.45, 0.05, 0.12), (0.30, 0.05, 0.20), (0.62, 0.08, 0.12)):
        blend(picture, colour, 0.85 * dots(rng, shape.depth > 0.08, int(rng.integers(5, 14)), (0.018, 0.042), soft=0.2))


APPEARANCES: Mapping[str, Appearance] = {
    "akiec": Appearance(_actinic_keratosis, 0.45, (0.16, 0.28), (50, 85)),
    "bcc": Appearance(_basal_cell_carcinoma, 0.35, (0.16, 0.28), (45, 85)),
    "bkl": Appearance(_benign_keratosis, 0.30, (0.18, 0.33), (45, 85)),
    "df": Appearance(_dermatofibroma, 0.10, (0.12, 0.20), (25, 65)),
    "mel": Appearance(_melanoma, 0.95, (0.22, 0.36), (35, 85)),
    "nv": Appearance(_nevus, 0.15, (0.14, 0.28), (5, 65)),
    "vasc": Appearance(_vascular, 0.20, (0.10, 0.20), (15, 75)),
}
