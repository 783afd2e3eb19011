# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw one phantom: a picture that looks like dermoscopy, with a mask and metadata that are known to be true."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from monai_skin.data.phantoms.artefacts import add_artefacts
from monai_skin.data.phantoms.classes import APPEARANCES
from monai_skin.data.phantoms.shape import draw_border, place
from monai_skin.data.phantoms.skin import TONES, paint_skin
from monai_skin.errors import UsageError
from monai_skin.labels import UNKNOWN

__all__ = ["PHANTOM_CLASSES", "Phantom", "make_phantom"]

PHANTOM_CLASSES = tuple(APPEARANCES)
_MIN_SIDE = 32
_SITES = ("abdomen", "back", "chest", "face", "foot", "lower extremity", "scalp", "trunk", "upper extremity", UNKNOWN)


class Phantom(NamedTuple):
    """A made-up lesion.

    Args:
        image: ``(3, H, W)`` uint8 RGB.
        mask: ``(H, W)`` bool, one piece.
        dx: class in the words of HAM10000.
        age: years, or ``None`` for one lesion in twenty.
        sex: ``female``, ``male`` or ``unknown``.
        site: name in :data:`monai_skin.labels.SITES`.
    """

    image: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_]
    dx: str
    age: float | None
    sex: str
    site: str


def make_phantom(seed: int, size: tuple[int, int] = (450, 600), *, dx: str | None = None, view: int = 0) -> Phantom:
    """Draw the lesion that belongs to ``seed``; the same numbers always give the same phantom.

    Args:
        seed: of the lesion: class, border, patient.
        size: ``(H, W)``, each at least 32.
        dx: one of :data:`PHANTOM_CLASSES`; drawn from the seed when left out.
        view: another number shows the same lesion in another exposure: turned, moved, with other hair and light.

    Raises:
        UsageError: for an unknown class or a size that is too small.
    """
    if dx is not None and dx not in APPEARANCES:
        raise UsageError(f"dx is {dx!r}; expected one of {', '.join(PHANTOM_CLASSES)}")
    if min(size) < _MIN_SIDE:
        raise UsageError(f"size is {size[0]} x {size[1]}; expected at least {_MIN_SIDE} pixels each way")
    lesion = np.random.default_rng([seed, 0])
    drawn = PHANTOM_CLASSES[int(lesion.integers(len(PHANTOM_CLASSES)))]
    look = APPEARANCES[dx or drawn]
    border = draw_border(lesion, look.irregularity, look.radius)
    tone = int(lesion.choice(len(TONES), p=(0.25, 0.25, 0.2, 0.15, 0.1, 0.05)))
    age = None if lesion.random() < 0.05 else float(5 * (int(lesion.integers(*look.age)) // 5))
    sex = ("female", "male", UNKNOWN)[int(lesion.choice(3, p=(0.48, 0.48, 0.04)))]
    site = _SITES[int(lesion.integers(len(_SITES)))]

    exposure = np.random.default_rng([seed, 1, view])
    shape = place(exposure, border, size)
    picture = paint_skin(exposure, size, tone)
    look.paint(exposure, picture, shape)
    add_artefacts(exposure, picture)
    image = np.ascontiguousarray((picture * 255 + 0.5).astype(np.uint8)).transpose(2, 0, 1)
    return Phantom(image, shape.mask, dx or drawn, age, sex, site)
