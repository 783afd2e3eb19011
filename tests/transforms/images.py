# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Small images for the tests of this folder, and the Hypothesis strategies that make them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

byte_images = hnp.arrays("uint8", st.tuples(st.integers(16, 40), st.integers(16, 40), st.just(3))).map(
    lambda pixels: torch.from_numpy(pixels).permute(2, 0, 1)
)
float_images = hnp.arrays("float32", (3, 17, 21), elements=st.floats(0, 1, width=32)).map(torch.from_numpy)
constant_images = st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)).map(
    lambda color: torch.tensor(color, dtype=torch.uint8)[:, None, None].expand(3, 20, 24).clone()
)
images = st.one_of(byte_images, float_images, constant_images)
masks = hnp.arrays("uint8", (1, 24, 31), elements=st.integers(0, 1)).map(torch.from_numpy)


def skin(rows: int = 300, columns: int = 400, seed: int = 0) -> torch.Tensor:
    """Smooth skin with a darker smooth lesion and a little sensor noise, uint8 ``(3, rows, columns)``."""
    return _skin(rows, columns, seed).clone()


@lru_cache(maxsize=32)
def _skin(rows: int, columns: int, seed: int) -> torch.Tensor:
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    inside = 1 / (1 + np.exp(((y / rows - 0.5) ** 2 + (x / columns - 0.5) ** 2 - 0.06) * 120))
    light = 1 - 0.15 * (x / columns)
    color = np.array([205, 160, 140]) * light[..., None] * (1 - 0.45 * inside[..., None])
    noise = 2 * np.random.default_rng(seed).standard_normal(color.shape, np.float32)
    return torch.from_numpy((color + noise).clip(0, 255).astype(np.uint8)).permute(2, 0, 1)


def disc(rows: int = 300, columns: int = 400, radius: float = 0.25) -> torch.Tensor:
    """A filled ellipse in the middle, ``(1, rows, columns)`` uint8 of 0 and 1."""
    y, x = torch.meshgrid(torch.linspace(-0.5, 0.5, rows), torch.linspace(-0.5, 0.5, columns), indexing="ij")
    return (x**2 + y**2 < radius**2).to(torch.uint8)[None]
