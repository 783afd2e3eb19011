# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fill a cache with the concepts of many pictures; what is there already is not done again."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from monai_skin.concepts import ConceptCache, ConceptProposer
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.io import read_image, read_mask, sha256_of
from monai_skin.io.files import source_name

__all__ = ["ExtractionRun", "extract_concepts"]


@dataclass(frozen=True)
class ExtractionRun:
    """What an extraction did.

    Args:
        cache: where the concepts are.
        extracted: how many pictures were gone through now.
        kept: how many had their concepts already.
        concepts: how many concepts the extracted pictures have together.
        outlined: how many of them came with a lesion mask.
        rejected: ``image_id``, ``file`` and ``reason`` of each picture that could not be used.
    """

    cache: ConceptCache
    extracted: int
    kept: int
    concepts: int
    outlined: int
    rejected: tuple[dict[str, str], ...]


def extract_concepts(
    items: Sequence[Mapping[str, Any]],
    folder: str | os.PathLike[str],
    *,
    proposer: ConceptProposer,
    progress: bool = True,
) -> ExtractionRun:
    """Extract the concepts of pictures into a cache, a file a picture, each written whole or not at all.

    A run that was stopped goes on where it was, and damaged files are made anew. Several processes may fill one cache.

    Args:
        items: as ``monai_skin.data.list_images`` gives them: ``image``, ``image_id``, and ``mask`` where there is one.
        folder: of the cache; made if absent.
        proposer: from a picture to its concepts.
        progress: show a bar on a terminal.

    Raises:
        UsageError: there are no items.
        IntegrityError: the cache's settings were changed by hand.
        StorageError: the disk is full, read-only or refuses us.
    """
    if not items:
        raise UsageError.about("concepts", "items", "is empty", expected="at least one picture")
    cache = ConceptCache(folder, proposer.settings)
    cache.prepare()
    extracted = kept = concepts = outlined = 0
    rejected = []
    with tqdm(items, unit="picture", disable=None if progress else True, leave=False) as bar:
        for item in bar:
            try:
                found = _extract(item, cache, proposer)
            except (InvalidInputError, IntegrityError) as error:
                file = source_name(str(item["image"]))
                rejected.append({"image_id": str(item["image_id"]), "file": file, "reason": str(error)})
                continue
            kept += found == 0
            extracted += found > 0
            concepts += found
            outlined += found > 0 and proposer.takes_outlines and "mask" in item
    return ExtractionRun(cache, extracted, kept, concepts, outlined, tuple(rejected))


def _extract(item: Mapping[str, Any], cache: ConceptCache, proposer: ConceptProposer) -> int:
    """How many concepts were found; 0 if they were there already."""
    masked = proposer.takes_outlines and "mask" in item
    digest, outline_digest = sha256_of(item["image"]), sha256_of(item["mask"]) if masked else ""
    if cache.finished(digest, outline_digest):
        return 0
    picture = read_image(item["image"], min_side=proposer.min_side)
    outline = read_mask(item["mask"]) if masked else None
    if outline is not None and outline.shape != picture.full_size:
        problem = f"has {outline.shape[0]} x {outline.shape[1]} pixels"
        expected = f"{picture.full_size[0]} x {picture.full_size[1]} as the picture"
        raise IntegrityError.about(str(item["image_id"]), "mask", problem, expected=expected)
    found = proposer.propose(picture, outline)
    cache.write(found.of_file(digest, outline_digest))
    return len(found)
