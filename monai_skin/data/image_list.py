# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Turn files, folders, patterns and tables named by a person into a datalist with unique ids."""

from __future__ import annotations

import glob
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from monai_skin.data.files import image_files, natural_key
from monai_skin.data.items import Item, make_item
from monai_skin.data.predicted_masks import attach_masks
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_table

__all__ = ["list_images"]

_IMAGE_COLUMNS = ("image", "file", "path")


def list_images(inputs: str | Path | Sequence[str | Path], *, masks_dir: str | Path | None = None) -> list[Item]:
    """List pictures in the order they were asked for; one that is named twice is listed once.

    Args:
        inputs: any mix of picture files, folders (searched to the bottom; masks named ``*_segmentation`` are passed
            over), patterns such as ``scans/*.jpg``, and ``.csv`` tables with a column ``image``, ``file`` or ``path``
            relative to the table and, where wanted, ``image_id``, ``age``, ``sex`` and ``site``.
        masks_dir: folder with ``<image_id>.png`` masks; a picture without one there has no mask.

    Returns:
        Items with an ``image_id`` that is unique without regard to case and safe as a file name, and with ``file``,
        the path as it was found. Two pictures of one name get their folders' names in front.

    Raises:
        UsageError: when an input does not exist, or there is no picture at all.
        InvalidInputError: when a table is unusable, naming the row and column of a value no vocabulary knows.
    """
    names = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    rows: dict[str, _Row] = {}
    for name in names:
        for row in _expand(Path(name)):
            rows.setdefault(os.path.abspath(row.path), row)
    if not rows:
        raise UsageError(f"{', '.join(Path(name).name for name in names) or 'input'}: holds no picture")
    ids = _unique_ids([(row.path, row.cells.get("image_id", "")) for row in rows.values()])
    items = [_item(row, image_id) for image_id, row in zip(ids, rows.values(), strict=True)]
    return items if masks_dir is None else attach_masks(items, masks_dir, missing="whole")


class _Row(NamedTuple):
    """A picture, and what a table says of it and where."""

    path: Path
    cells: Mapping[str, str] = {}
    place: str = ""


def _item(row: _Row, image_id: str) -> Item:
    try:
        return {**make_item(row.path, image_id, row.cells), "file": str(row.path)}
    except InvalidInputError as error:
        raise InvalidInputError(f"{row.place}, {error}", source=error.source, field=error.field) from error


def _expand(path: Path) -> Iterator[_Row]:
    if path.is_dir():
        yield from (_Row(file) for file in image_files(path))
    elif path.is_file():
        yield from _rows_of(path) if path.suffix.lower() == ".csv" else [_Row(path)]
    elif matches := sorted(glob.glob(str(path), recursive=True), key=natural_key):
        for match in matches:
            yield from _expand(Path(match))
    else:
        raise UsageError(f"{path.name}: does not exist; expected a picture, a folder, a pattern or a .csv table")


def _rows_of(table: Path) -> Iterator[_Row]:
    rows = read_table(table)
    column = next((name for name in _IMAGE_COLUMNS if rows and name in rows[0]), None)
    if column is None:
        raise UsageError(f"{table.name}: has no column of pictures; expected one of {', '.join(_IMAGE_COLUMNS)}")
    for number, row in enumerate(rows, start=2):
        yield _Row(table.parent / row[column], row, f"{table.name} row {number}")


def _unique_ids(named: Sequence[tuple[Path, str]]) -> list[str]:
    """An id for each picture, longer by one folder at a time until no two are alike."""
    paths = [Path(os.path.abspath(path)) for path, _ in named]
    names = [given or path.stem for path, given in named]
    # a.jpg and a.png of one folder: no folder's name would tell them apart
    beside = Counter((path.parent, name.casefold()) for path, name in zip(paths, names, strict=True))
    for index, path in enumerate(paths):
        if beside[path.parent, names[index].casefold()] > 1:
            names[index] += f"_{path.suffix[1:]}"
    ids = [_safe(name) for name in names]
    for depth in range(1, max(len(path.parts) for path in paths)):
        again = _repeated(ids)
        if not again:
            return ids
        for index in again:
            folders = paths[index].parent.parts[-depth:]
            ids[index] = _safe("_".join([*folders, names[index]]))
    for index in _repeated(ids):  # a table that gives one id twice
        ids[index] = f"{ids[index]}_{index + 1}"
    return ids


def _repeated(ids: Sequence[str]) -> list[int]:
    counts = Counter(name.casefold() for name in ids)
    return [index for index, name in enumerate(ids) if counts[name.casefold()] > 1]


def _safe(name: str) -> str:
    """``name`` as one file-name part: letters, digits, dot, dash and underscore, not hidden, at most 100 long."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # of a name that is no UTF-8
    plain = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", text)).strip("._")
    return plain[-100:] or "image"
