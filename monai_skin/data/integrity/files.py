# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of names: files that are missing, almost there, or not in any list."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from monai_skin.data.files import IMAGE_SUFFIXES, MASK_ENDING, is_side_file
from monai_skin.data.integrity.report import Finding
from monai_skin.data.items import Item

__all__ = ["check_files"]

_PATHS = ("image", "mask", "paired_image")


def check_files(items: Sequence[Item]) -> Iterator[Finding]:
    """Compare the paths of a datalist with what its folders hold."""
    wanted: dict[Path, dict[str, tuple[str, str]]] = defaultdict(dict)
    for item in items:
        for field in _PATHS:
            if field in item:
                path = Path(item[field])
                wanted[path.parent][path.name] = (item["image_id"], field)
    for folder, names in wanted.items():
        there = set(os.listdir(folder)) if folder.is_dir() else set()
        yield from _missing(names, there)
        yield from _extra(set(names), there)
    with_mask = sum("mask" in item for item in items)
    if with_mask:  # a set without any is not meant for segmentation
        for item in items:
            if "mask" not in item:
                expected = f"{item['image_id']}{MASK_ENDING}.png, as {with_mask} others have"
                yield Finding.about(item["image_id"], "mask", "missing_mask", "was not found", expected=expected)


def _missing(names: dict[str, tuple[str, str]], there: set[str]) -> Iterator[Finding]:
    by_form = {unicodedata.normalize("NFC", name): name for name in there}
    by_letters = {unicodedata.normalize("NFC", name).casefold(): name for name in there}
    for name, (image_id, field) in names.items():
        if name in there:
            continue
        composed = unicodedata.normalize("NFC", name)
        if composed in by_form:
            problem = f"{name!a} is there in another Unicode form, {by_form[composed]!a}"
            yield Finding.about(image_id, field, "unicode_differs", problem, expected="the same characters")
        elif composed.casefold() in by_letters:
            problem = f"{name} is there in other letters, {by_letters[composed.casefold()]}"
            yield Finding.about(image_id, field, "case_differs", problem, expected="the same capitals")
        else:
            yield Finding.about(image_id, field, "missing_file", f"{name} does not exist", expected="a file")


def _extra(names: set[str], there: set[str]) -> Iterator[Finding]:
    known = {unicodedata.normalize("NFC", name).casefold() for name in names}
    stems = {Path(name).stem for name in known}
    for name in sorted(there):
        plain = unicodedata.normalize("NFC", name).casefold()
        side = is_side_file(name) and Path(plain).stem.split("_segmentation")[0] in stems
        if plain not in known and plain.endswith(IMAGE_SUFFIXES) and not side and "_superpixels" not in plain:
            yield Finding.about(name, "file", "extra_file", "is in no row", expected="a row for every picture")
