# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw what a high-frequency B-mode scan of the skin looks like: layers, a lesion at some depth, speckle.

From the probe down: gel, the bright entry echo, the dermis, and the darker subcutis with its bright septa. Speckle has
the Rayleigh statistics of many scatterers in one resolution cell (Burckhardt, "Speckle in ultrasound B-mode scans",
IEEE Transactions on Sonics and Ultrasonics 1978, https://doi.org/10.1109/T-SU.1978.30978), seen through the usual
compression to decibels.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from monai_skin.data.phantoms.fields import Field, cloud, smoothstep

__all__ = ["DEPTH_BANDS", "draw_bmode"]

DEPTH_BANDS = {"shallow": (0.27, 0.35), "deep": (0.60, 0.70)}
"""Where the middle of a lesion may be, as a share of the picture's height: in the dermis, or below it."""

_DYNAMIC_RANGE = 50.0  # decibels from black to white
_GEL, _ENTRY, _DERMIS, _SUBCUTIS, _SEPTUM, _LESION = 1e-5, 1.0, 0.028, 0.0028, 0.07, 0.00025  # echo intensities


def draw_bmode(rng: np.random.Generator, size: tuple[int, int], band: str, width: float) -> npt.NDArray[np.uint8]:
    """One scan, ``(H, W)`` uint8; depth runs down the rows.

    Args:
        rng: everything but the band comes from it, in the same order for both bands.
        size: ``(H, W)``.
        band: one of :data:`DEPTH_BANDS`.
        width: half the lesion's width, as a share of the picture's.
    """
    rows, columns = size
    down = np.broadcast_to(np.linspace(0, 1, rows, dtype=np.float32)[:, None], size)
    across = np.broadcast_to(np.linspace(0, 1, columns, dtype=np.float32)[None, :], size)
    surface = float(rng.uniform(0.10, 0.15)) + _wave(rng, columns, 0.012)
    floor = float(rng.uniform(0.46, 0.52)) + _wave(rng, columns, 0.025)
    echo = _layers(rng, size, down, surface, floor)
    echo = _put_lesion(rng, echo, down, across, DEPTH_BANDS[band], width)
    echo *= np.exp(-1.3 * np.clip(down - surface, 0, None))  # what the gain of the machine leaves of attenuation
    intensity = echo * _speckle(rng, size)
    intensity += 2e-5 * rng.exponential(1, size).astype(np.float32)
    decibels = 10 * np.log10(np.maximum(intensity, 1e-9))
    level = np.clip(1 + (decibels - 3) / _DYNAMIC_RANGE, 0, 1)
    return np.asarray(255 * level + 0.5, np.uint8)


def _wave(rng: np.random.Generator, columns: int, height: float) -> Field:
    """A smooth line over the columns, ``(1, W)``."""
    return height * cloud(rng, (max(columns // 2, 8), columns), 0.9)[:1]


def _layers(rng: np.random.Generator, size: tuple[int, int], down: Field, surface: Field, floor: Field) -> Field:
    """Mean echo intensity of healthy skin."""
    soft = 0.012
    in_skin, below = smoothstep(down - surface, -soft / 2, soft / 2), smoothstep(down - floor, -0.03, 0.03)
    dermis = _DERMIS * np.exp(0.45 * cloud(rng, size, 0.10) + 0.3 * _fibres(rng, size, 0.05, 6))
    septa = 1 - smoothstep(np.abs(_fibres(rng, size, 0.20, 4)), 0.03, 0.16)
    subcutis = _SUBCUTIS * np.exp(0.4 * cloud(rng, size, 0.2)) + _SEPTUM * septa
    echo = _GEL + in_skin * ((1 - below) * dermis + below * subcutis)
    entry = np.exp(-(((down - surface) / soft) ** 2)) + 0.25 * np.exp(-(((down - surface - 0.03) / soft) ** 2))
    reverberation = np.exp(-((down / 0.012) ** 2))
    return np.asarray(echo + _ENTRY * entry + 0.4 * reverberation, np.float32)


def _fibres(rng: np.random.Generator, size: tuple[int, int], grain: float, stretch: int) -> Field:
    """Noise drawn out along the skin."""
    field = cloud(rng, (size[0], max(size[1] // stretch, 8)), grain)
    return np.asarray(cv2.resize(field, (size[1], size[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def _put_lesion(
    rng: np.random.Generator, echo: Field, down: Field, across: Field, band: tuple[float, float], width: float
) -> Field:
    """A dark oval with a soft, uneven edge, and the shadow below it."""
    size = (echo.shape[0], echo.shape[1])
    middle, left = rng.uniform(*band), rng.uniform(0.35, 0.65)
    height = rng.uniform(0.07, 0.10)
    reach = np.hypot((across - left) / width, (down - middle) / height) + 0.07 * cloud(rng, size, 0.12)
    inside = 1 - smoothstep(reach.astype(np.float32), 0.85, 1.1)
    content = _LESION * np.exp(0.5 * cloud(rng, size, 0.06))
    under = smoothstep(down, middle, middle + height) * (1 - smoothstep(np.abs(across - left), 0.55 * width, width))
    shadow = 1 - rng.uniform(0.75, 0.9) * under
    return np.asarray((echo * (1 - inside) + content * inside) * shadow, np.float32)


def _speckle(rng: np.random.Generator, size: tuple[int, int]) -> Field:
    """Intensity of fully developed speckle, mean 1; a cell is wider than it is deep."""
    fine = max(min(size) / 256, 0.5)
    parts = rng.standard_normal((2, *size), dtype=np.float32)
    blurred = [cv2.GaussianBlur(part, (0, 0), sigmaX=1.5 * fine, sigmaY=0.7 * fine) for part in parts]
    power = blurred[0] ** 2 + blurred[1] ** 2
    return np.asarray(power / power.mean(), np.float32)
