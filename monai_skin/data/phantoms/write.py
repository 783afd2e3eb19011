# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Write phantoms as a data set in the form of HAM10000."""

from __future__ import annotations

from pathlib import Path

from tqdm import tqdm

from monai_skin.data.files import MASK_ENDING
from monai_skin.data.items import Item
from monai_skin.data.phantoms.make import PHANTOM_CLASSES, make_phantom
from monai_skin.data.readers import read_ham10000
from monai_skin.errors import UsageError
from monai_skin.io import write_image, write_mask, write_table

__all__ = ["write_phantoms"]

_COLUMNS = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")
_VIEWS_EVERY = 4  # every fourth picture is a second view of the lesion before it, so that splits must group them


def write_phantoms(
    folder: str | Path, count: int, *, seed: int = 0, size: tuple[int, int] = (450, 600), progress: bool = False
) -> list[Item]:
    """Write ``images/``, ``masks/`` and ``metadata.csv``; the classes come in turn.

    Args:
        folder: made if it is not there.
        count: number of pictures, at least 1.
        size: ``(H, W)`` in pixels.
        progress: show a bar.

    Returns:
        The datalist, as :func:`monai_skin.data.read_dataset` reads it.

    Raises:
        UsageError: when ``count`` is less than 1, or ``size`` too small.
        StorageError: when the folder cannot be written.
    """
    if count < 1:
        raise UsageError(f"count is {count}; expected at least 1")
    folder = Path(folder)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rows = [
        _write_one(folder, index, seed, size)
        for index in tqdm(range(count), desc="drawing", unit="image", disable=not progress)
    ]
    write_table(folder / "metadata.csv", rows, _COLUMNS)
    return read_ham10000(folder)


def _write_one(folder: Path, index: int, seed: int, size: tuple[int, int]) -> dict[str, str]:
    view = int(index % _VIEWS_EVERY == _VIEWS_EVERY - 1)
    lesion = index - view
    dx = PHANTOM_CLASSES[(lesion - lesion // _VIEWS_EVERY) % len(PHANTOM_CLASSES)]
    phantom = make_phantom(seed * 1_000_003 + lesion, size, dx=dx, view=view)
    image_id = f"PHANTOM_{index:07d}"
    write_image(folder / "images" / f"{image_id}.jpg", phantom.image)
    write_mask(folder / "masks" / f"{image_id}{MASK_ENDING}.png", phantom.mask)
    return {
        "lesion_id": f"PHANTOM_LESION_{lesion:07d}",
        "image_id": image_id,
        "dx": phantom.dx,
        "dx_type": "phantom",
        "age": "" if phantom.age is None else str(phantom.age),
        "sex": phantom.sex,
        "localization": phantom.site,
    }
