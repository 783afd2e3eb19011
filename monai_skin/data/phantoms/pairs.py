# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Phantom pairs: a photograph and an ultrasound picture that tell the class only together.

The class is the exclusive or of two attributes: whether the lesion's outline is lobed, which the photograph alone
shows, and whether it lies deep, which the ultrasound alone shows. All four combinations are equally frequent, so
whatever is known of one picture, both classes remain equally likely.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from monai_skin.data.items import Item
from monai_skin.data.phantoms.artefacts import add_hair, add_light
from monai_skin.data.phantoms.bmode import draw_bmode
from monai_skin.data.phantoms.classes import APPEARANCES
from monai_skin.data.phantoms.shape import Border, place
from monai_skin.data.phantoms.skin import TONES, paint_skin
from monai_skin.data.readers import PAIRED_COLUMNS, read_paired
from monai_skin.errors import UsageError
from monai_skin.io import write_image, write_table

__all__ = ["PhantomPair", "make_phantom_pair", "write_phantom_pairs"]

_MIN_SIDE = 32
_COMBINATIONS = tuple((lobed, deep) for lobed in (False, True) for deep in (False, True))
_CASE, _PHOTOGRAPH, _ULTRASOUND = 10, 11, 12  # so that no picture depends on how another was drawn


class PhantomPair(NamedTuple):
    """A made-up lesion, seen twice.

    Args:
        clinical: ``(3, H, W)`` uint8 RGB.
        ultrasound: ``(3, H, W)`` uint8, three equal channels; depth runs down the rows.
        dx: ``malignant`` if exactly one of lobed and deep holds, else ``benign``: made up, like all of it.
    """

    clinical: npt.NDArray[np.uint8]
    ultrasound: npt.NDArray[np.uint8]
    dx: str


def make_phantom_pair(
    seed: int, size: tuple[int, int] = (224, 224), *, lobed: bool, deep: bool, views: tuple[int, int] = (0, 0)
) -> PhantomPair:
    """Draw the pair that belongs to ``seed``; the same arguments always give the same pictures.

    Args:
        seed: of the lesion.
        size: ``(H, W)``, each at least 32.
        lobed: the outline in the photograph; the ultrasound is the same either way.
        deep: the depth in the ultrasound; the photograph is the same either way.
        views: other numbers give another photograph, and another scan, of the same lesion.

    Raises:
        UsageError: for a size that is too small.
    """
    if min(size) < _MIN_SIDE:
        raise UsageError(f"size is {size[0]} x {size[1]}; expected at least {_MIN_SIDE} pixels each way")
    clinical = _photograph(seed, views[0], size, lobed)
    lesion = np.random.default_rng([seed, _CASE])
    scan = np.random.default_rng([seed, _ULTRASOUND, views[1]])
    grey = draw_bmode(scan, size, "deep" if deep else "shallow", float(lesion.uniform(0.17, 0.27)))
    dx = "malignant" if lobed != deep else "benign"
    return PhantomPair(clinical, np.repeat(grey[None], 3, axis=0), dx)


def write_phantom_pairs(
    folder: str | Path, count: int, *, seed: int = 0, size: tuple[int, int] = (224, 224), progress: bool = False
) -> list[Item]:
    """Write ``clinical/``, ``ultrasound/`` and ``pairs.csv``, the form :func:`monai_skin.data.read_paired` reads.

    The four combinations come in turn. Of sixteen cases four have one picture of each kind, four two photographs, four
    two scans, and four two of each.

    Args:
        folder: made if it is not there.
        count: number of cases, a multiple of 4 so that no single picture tells anything of the class.
        size: ``(H, W)`` in pixels.
        progress: show a bar.

    Returns:
        The datalist.

    Raises:
        UsageError: when ``count`` is no multiple of 4, or ``size`` too small.
        StorageError: when the folder cannot be written.
    """
    if count < 4 or count % 4:
        raise UsageError(f"count is {count}; expected 4, 8, 12 … cases, as many of each of the four combinations")
    folder = Path(folder)
    for name in ("clinical", "ultrasound"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rows = [
        row
        for index in tqdm(range(count), desc="drawing", unit="case", disable=not progress)
        for row in _write_case(folder, index, seed, size)
    ]
    write_table(folder / "pairs.csv", rows, PAIRED_COLUMNS)
    return read_paired(folder)


def _photograph(seed: int, view: int, size: tuple[int, int], lobed: bool) -> npt.NDArray[np.uint8]:
    lesion = np.random.default_rng([seed, _PHOTOGRAPH])
    tone = int(lesion.integers(len(TONES) - 1))
    border = _outline(lesion, lobed)
    exposure = np.random.default_rng([seed, _PHOTOGRAPH, 1, view])
    shape = place(exposure, border, size)
    picture = paint_skin(exposure, size, tone)
    APPEARANCES["nv"].paint(exposure, picture, shape)
    add_hair(exposure, picture, count=int(exposure.integers(0, 6)))
    add_light(exposure, picture)
    picture += exposure.normal(0, 0.01, picture.shape).astype(np.float32)
    np.clip(picture, 0, 1, out=picture)
    return np.ascontiguousarray((picture * 255 + 0.5).astype(np.uint8)).transpose(2, 0, 1)


def _outline(rng: np.random.Generator, lobed: bool) -> Border:
    """An oval, or the same oval with three to five deep lobes; the same numbers are drawn for both."""
    radius, stretch = float(rng.uniform(0.20, 0.27)), float(rng.uniform(1.0, 1.15))
    lobes, depth, phase = int(rng.integers(3, 6)), float(rng.uniform(0.24, 0.32)), float(rng.uniform(0, 2 * math.pi))
    waves = [(0.02, phase)] * 4
    if lobed:
        waves[lobes - 2] = (depth, phase)  # waves begin with the second harmonic
    return Border(radius, stretch, tuple(waves), 0.01)


def _write_case(folder: Path, index: int, seed: int, size: tuple[int, int]) -> list[dict[str, str]]:
    lobed, deep = _COMBINATIONS[index % 4]
    last = {"clinical": index // 4 % 2, "ultrasound": index // 8 % 2}
    case_id = f"PAIR_{index:05d}"
    names = {}
    for view in range(1 + max(last.values())):
        pair = make_phantom_pair(seed * 1_000_003 + index, size, lobed=lobed, deep=deep, views=(view, view))
        for kind, pixels in (("clinical", pair.clinical), ("ultrasound", pair.ultrasound)):
            if view <= last[kind]:
                names[kind, view] = f"{kind}/{case_id}_{view + 1}.{'jpg' if kind == 'clinical' else 'png'}"
                write_image(folder / names[kind, view], pixels)
    return [
        {
            "case_id": case_id,
            "patient_id": f"PAIR_PATIENT_{index:05d}",
            "clinical_path": names.get(("clinical", view), ""),
            "us_path": names.get(("ultrasound", view), ""),
            "label": pair.dx,
        }
        for view in range(1 + max(last.values()))
    ]
