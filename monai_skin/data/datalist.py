# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""From a folder to the datalist of one section, and to the ``dataset.json`` that MONAI reads."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from monai_skin.data.items import Item, Problems
from monai_skin.data.pairs import choose_pairs
from monai_skin.data.predicted_masks import attach_masks
from monai_skin.data.ratio_splits import split_cases
from monai_skin.data.readers import READERS, Reader
from monai_skin.data.splits import SECTIONS, draw, split_grouped
from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_json, write_json
from monai_skin.labels import VOCABULARIES, label_of

__all__ = [
    "DATASET_KINDS",
    "count_left_out",
    "load_datalist",
    "load_sections",
    "read_dataset",
    "share_out",
    "write_dataset_json",
]

DATASET_FILE = "dataset.json"
ALL = "all"
_PATH_KEYS = ("image", "mask", "paired_image")
DATASET_KINDS = tuple(READERS)


def read_dataset(folder: str | Path, kind: str | None = None, *, problems: Problems | None = None) -> list[Item]:
    """Read a public data set in the form it was published in.

    Args:
        folder: where it was unpacked.
        kind: one of :data:`DATASET_KINDS`; recognised by its files when left out.
        problems: takes the errors of rows that cannot be used, and those are left out; without it the first is raised.

    Returns:
        One item per row of the data set's table; nothing is dropped but what :func:`count_left_out` tells of.

    Raises:
        InvalidInputError: when no known data set is in the folder, or a value in its table is unusable.
        UsageError: when ``kind`` is not known.
    """
    folder = Path(folder)
    return _reader(folder, kind).read(folder, problems)


def count_left_out(folder: str | Path, kind: str | None = None) -> dict[str, int]:
    """How many cases or pictures a reader leaves out on purpose, by the reason; empty where it uses every row.

    Args:
        folder: as for :func:`read_dataset`, and so ``kind``.
    """
    count = _reader(Path(folder), kind).left_out
    return {} if count is None else count(folder)


def _reader(folder: Path, kind: str | None) -> Reader:
    if kind is not None and kind not in READERS:
        raise UsageError(f"kind is {kind!r}; expected one of {', '.join(DATASET_KINDS)}")
    if not folder.is_dir():
        raise InvalidInputError.about(folder.name, "folder", "does not exist", expected="an unpacked data set")
    for name, reader in READERS.items():
        if kind == name or (kind is None and reader.find(folder)):
            return reader
    raise InvalidInputError.about(
        folder.name, "folder", "holds no known data set", expected=f"one of {', '.join(DATASET_KINDS)}"
    )


def load_datalist(
    dataset_dir: str | Path,
    section: str,
    *,
    seed: int = 0,
    split: str | None = None,
    train_ratio: float = 0.5,
    pairs: str = "all",
    vocabulary: str | None = None,
    limit: int | None = None,
    masks_dir: str | None = None,
) -> list[Item]:
    """Items of one section, with paths that can be opened.

    ``dataset.json`` decides where it is there, and then the sections the data set was published with. Otherwise the
    folder is read and split 70/10/20 by lesion and patient with ``seed``, which gives the same sections every time.

    Args:
        dataset_dir: folder of the data set.
        section: ``training``, ``validation``, ``test``, or ``all`` of them, for a data set no network has seen.
        seed: of the split.
        split: a protocol of :func:`monai_skin.data.split_cases` to share all items out by, whatever ``dataset.json`` or
            the publisher says; by default as above.
        train_ratio: of such a protocol: cases for training, validation included, of all.
        pairs: of a data set of pairs, ``all`` pairs of a case or the ``first`` alone.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES` that ``label`` counts in; by default that of the data
            set. To test a model on another data set, give the one it was trained with.
        limit: at most so many items, drawn by ``seed``; for a trial that must be short.
        masks_dir: folder whose ``<image_id>.png`` become the items' masks, whatever masks the data set has.

    Raises:
        UsageError: when there is no such section, protocol, ratio, choice of pairs or vocabulary.
        InvalidInputError: when the folder holds no known data set, ``masks_dir`` lacks the mask of an image, or a
            diagnosis is not in ``vocabulary``.
    """
    sections = load_sections(dataset_dir, seed=seed)
    if split is not None:
        sections = split_cases(_distinct(sections), train_ratio, seed=seed, protocol=split)
    if section != ALL and section not in sections:
        raise UsageError(f"section is {section!r}; expected one of {', '.join([*sections, ALL])}")
    items = choose_pairs(_distinct(sections) if section == ALL else sections[section], pairs)
    if vocabulary is not None:
        items = [_in_vocabulary(item, vocabulary) for item in items]
    if limit is not None and limit < len(items):
        kept = {item["image_id"] for item in sorted(items, key=lambda item: _place(section, seed, item))[:limit]}
        items = [item for item in items if item["image_id"] in kept]
    return items if masks_dir is None else attach_masks(items, masks_dir)


def _distinct(sections: Mapping[str, Sequence[Item]]) -> list[Item]:
    """Each image once: under some protocols validation is test."""
    items = [item for part in sections.values() for item in part]
    return list({(item["image_id"], item["image"]): item for item in items}.values())


def _in_vocabulary(item: Item, vocabulary: str) -> Item:
    if vocabulary not in VOCABULARIES:
        raise UsageError(f"vocabulary is {vocabulary!r}; expected one of {', '.join(VOCABULARIES)}")
    return item | {"label": label_of(item["dx"], vocabulary, source=item["image_id"])}


def _place(section: str, seed: int, item: Item) -> bytes:
    """Where an item stands in the order a limit cuts off.

    The split deals lesions out in the order drawn from the bare name of their first image, and a small section gets
    none of the first half. Cut off in that order it would be rich in further images of a lesion, and so in the classes
    that are photographed more than once. Training gets the first half whole: its first images are a little poorer in
    these. It keeps that order, in which the networks compared in the model cards were trained.
    """
    name = item["image_id"] if section in ("training", ALL) else f"{section}/{item['image_id']}"
    return draw(seed, name)


def load_sections(dataset_dir: str | Path, *, seed: int = 0) -> dict[str, list[Item]]:
    """Every section of a data set, as :func:`load_datalist` gives one.

    Raises:
        InvalidInputError: when the folder holds no known data set, or its ``dataset.json`` is unusable.
    """
    folder = Path(dataset_dir)
    if not (folder / DATASET_FILE).is_file():
        return share_out(read_dataset(folder), seed=seed)
    content = read_json(folder / DATASET_FILE)
    lists = content.items() if isinstance(content, dict) else ()
    sections = {
        name: [_with_full_paths(item, folder, f"{name} item {number}") for number, item in enumerate(items, start=1)]
        for name, items in lists
        if isinstance(items, list)
    }
    if not sections:
        raise InvalidInputError.about(DATASET_FILE, "content", "has no lists", expected="one list of items per section")
    return sections


def share_out(items: Sequence[Item], *, seed: int = 0) -> dict[str, list[Item]]:
    """The sections the data set was published with, or else a split 70/10/20 by lesion and patient."""
    if items and all("section" in item for item in items):
        return {name: [item for item in items if item["section"] == name] for name in SECTIONS}
    return split_grouped(items, seed=seed)


def write_dataset_json(
    path: str | Path, sections: Mapping[str, Sequence[Item]], *, description: Mapping[str, object] | None = None
) -> None:
    """Write MONAI's decathlon form: one list of items per section, with paths relative to the file.

    Empty texts are left out, because ``monai.data.load_decathlon_datalist`` takes them for a path.

    Args:
        path: usually ``dataset.json`` inside the data set's folder.
        description: further keys at the top, such as ``name``, ``licence`` and ``seed``.
    """
    path = Path(path)
    content: dict[str, object] = dict(description or {})
    for name, items in sections.items():
        content[name] = [_with_relative_paths(item, path.parent) for item in items]
    write_json(path, content)


def _with_full_paths(item: object, folder: Path, place: str) -> Item:
    """An item as the readers build it, from one that may lack every key but ``image``."""
    if not isinstance(item, dict) or not isinstance(item.get("image"), str):
        raise InvalidInputError.about(DATASET_FILE, place, "has no image", expected="an object with a path in 'image'")
    defaults: Item = {"lesion_id": "", "patient_id": "", "dx": "", "age": None, "sex": "unknown", "site": "unknown"}
    paths = {key: str(folder / item[key]) for key in _PATH_KEYS if key in item}
    return {**defaults, "image_id": Path(item["image"]).stem, **item, **paths}


def _with_relative_paths(item: Item, folder: Path) -> Item:
    kept = {key: value for key, value in item.items() if value not in ("", None)}
    paths = {key: Path(os.path.relpath(item[key], folder)).as_posix() for key in _PATH_KEYS if key in item}
    return {**kept, **paths}
