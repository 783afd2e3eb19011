# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The skin around a phantom's lesion: tone, blotches, fine lines and follicles."""

from __future__ import annotations

import numpy as np

from monai_skin.data.phantoms.fields import Field, blend, cloud, dots, honeycomb

__all__ = ["TONES", "paint_skin"]

# from light to dark, RGB in [0, 1], as a polarised dermoscope shows them
TONES = (
    (0.91, 0.73, 0.71),
    (0.88, 0.68, 0.62),
    (0.82, 0.62, 0.53),
    (0.74, 0.53, 0.42),
    (0.60, 0.41, 0.31),
    (0.42, 0.28, 0.21),
)


def paint_skin(rng: np.random.Generator, size: tuple[int, int], tone: int) -> Field:
    """Lesion-free skin, ``(H, W, 3)`` in [0, 1].

    Args:
        tone: index into :data:`TONES`.
    """
    base = np.asarray(TONES[tone], np.float32) + rng.normal(0, 0.015, 3).astype(np.float32)
    picture = np.broadcast_to(base, (*size, 3)).copy()
    picture *= (1 + 0.030 * cloud(rng, size, 0.7) + 0.012 * cloud(rng, size, 0.05))[..., None]
    redness = 0.020 * cloud(rng, size, 0.25) + 0.008 * cloud(rng, size, 0.03)
    picture += redness[..., None] * np.array([0.2, -1.0, -0.8], np.float32)
    furrows = honeycomb(rng, size, cell=0.045, warp=0.55)
    picture *= (1 + 0.035 * (0.5 - furrows))[..., None]
    follicles = dots(rng, np.ones(size, bool), count=int(rng.integers(10, 40)), radius=(0.002, 0.005), soft=1.0)
    blend(picture, (0.45, 0.30, 0.25), 0.35 * follicles)
    return picture
