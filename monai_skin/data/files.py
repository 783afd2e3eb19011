# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Find the picture and mask files of a data set by their names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table

__all__ = [
    "IMAGE_SUFFIXES",
    "MASK_ENDING",
    "has_columns",
    "image_files",
    "is_side_file",
    "masks_in",
    "natural_key",
    "pictures_in",
    "table_in",
]

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".dcm", ".dicom")
MASK_ENDING = "_segmentation"
_SIDE_ENDINGS = (MASK_ENDING, "_superpixels")


def is_side_file(name: str) -> bool:
    """Whether a file name is that of a mask, superpixel or attribute picture which accompanies a lesion image."""
    stem = Path(name).stem.lower()
    return stem.endswith(_SIDE_ENDINGS) or "_attribute_" in stem


def natural_key(path: str | Path) -> list[tuple[int, int, str]]:
    """Sort key that puts ``lesion2`` before ``lesion10``."""
    digits, key = "", []
    for character in str(path) + "\0":
        if character.isdecimal() and character.isascii():
            digits += character
            continue
        if digits:
            key.append((0, int(digits), ""))
            digits = ""
        key.append((1, 0, character))
    return key


def image_files(folder: str | Path) -> Iterator[Path]:
    """Every picture below ``folder`` in a fixed order; hidden files and masks are passed over."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=natural_key)
        for name in sorted(names, key=natural_key):
            if name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith(".") and not is_side_file(name):
                yield Path(place, name)


def pictures_in(folder: Path, *patterns: str) -> Mapping[str, Path]:
    """Path of every picture in the folders that match, and one level below them, by its name without the suffix.

    Archives of one data set unpack with and without a folder of their own; hence the level below. The first wins.
    """
    found: dict[str, Path] = {}
    for pattern in patterns:
        for place in sorted(path for path in folder.glob(pattern) if path.is_dir()):
            for inner in (place, *sorted(path for path in place.iterdir() if path.is_dir())):
                _add_pictures(inner, found)
    return found


def masks_in(folder: Path, *patterns: str) -> Mapping[str, Path]:
    """Path of every ``<image id>_segmentation`` picture in the folders that match, by that image id."""
    pictures = pictures_in(folder, *patterns)
    return {stem[: -len(MASK_ENDING)]: path for stem, path in pictures.items() if stem.lower().endswith(MASK_ENDING)}


def _add_pictures(folder: Path, found: dict[str, Path]) -> None:
    for name in sorted(entry.name for entry in os.scandir(folder) if entry.is_file()):
        stem, suffix = os.path.splitext(name)
        if suffix.lower() in IMAGE_SUFFIXES and not name.startswith("."):
            found.setdefault(stem, folder / name)


def table_in(folder: Path, *names: str) -> Path | None:
    """The first of ``names`` that exists as a file in ``folder``, with ``.csv`` or, as once published, without."""
    for name in names:
        for candidate in (folder / f"{name}.csv", folder / name):
            if candidate.is_file():
                return candidate
    return None


def has_columns(table: Path | None, *names: str) -> bool:
    """Whether the first row of a table has these columns; a table that cannot be read has none."""
    if table is None:
        return False
    try:
        rows = read_table(table, required=names)
    except InvalidInputError:
        return False
    return bool(rows)
