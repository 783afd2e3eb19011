# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Concepts on disk: a folder a recipe, a file a picture, named by the picture's content."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from monai_skin.concepts.cache_file import read_concepts, write_concepts
from monai_skin.concepts.concept_set import ConceptSet
from monai_skin.concepts.settings import DIGEST_SHOWN, ExtractionSettings, read_settings, write_settings
from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.io import FileOrBytes, sha256_of

__all__ = ["SETTINGS_FILE", "ConceptCache", "open_cache"]

SETTINGS_FILE = "settings.json"
SUFFIX = ".safetensors"


class ConceptCache:
    """The concepts extracted with one set of settings.

    A file is whole or absent, and its name says which picture it is of, so that several processes may fill one cache,
    an interrupted extraction goes on where it was, and a picture that was moved or renamed is found again.

    Args:
        folder: for all settings; those of these lie in ``<folder>/<first 16 digits of their digest>``.
        settings: what the concepts are, or were, extracted with.
    """

    def __init__(self, folder: str | os.PathLike[str], settings: ExtractionSettings) -> None:
        self.settings = settings
        self.digest = settings.digest
        self.folder = Path(folder) / self.digest[:DIGEST_SHOWN]

    def prepare(self) -> None:
        """Make the folder and write ``settings.json`` in it, unless it is there.

        Raises:
            IntegrityError: the folder is one of other settings.
            StorageError: the disk is full, read-only or refuses us.
        """
        file = self.folder / SETTINGS_FILE
        if not file.is_file():
            write_settings(file, self.settings)
        elif read_settings(file).digest != self.digest:
            problem = "are not those the folder is named after"
            raise IntegrityError.about(f"{self.folder.name}/{SETTINGS_FILE}", "settings", problem, expected=self.digest)

    def path(self, image_digest: str) -> Path:
        """Where the concepts of the picture with this digest are, or would be."""
        return self.folder / f"{image_digest}{SUFFIX}"

    def write(self, concepts: ConceptSet) -> None:
        """Keep concepts, which know the digest of their picture.

        Raises:
            UsageError: they do not.
            StorageError: the disk is full, read-only or refuses us.
        """
        if not concepts.image_digest:
            raise UsageError.about("concepts", "image_digest", "is empty", expected="the digest of the picture's file")
        write_concepts(self.path(concepts.image_digest), concepts, settings_digest=self.digest)

    def read(self, image: FileOrBytes) -> ConceptSet:
        """The concepts of a picture.

        Args:
            image: path of the picture, or the content of its file.

        Raises:
            InvalidInputError: there are none, naming the picture and the command that makes them; or their file is
                damaged, or of another picture or other settings.
        """
        digest = sha256_of(image)
        if not self.path(digest).is_file():
            name = "picture" if isinstance(image, bytes) else Path(image).name
            expected = f'them from "python -m monai_skin concepts extract {name} --cache {self.folder.parent.name}"'
            raise InvalidInputError.about(name, "concepts", f"are not in {self.folder.name}", expected=expected)
        return self.read_digest(digest)

    def read_digest(self, image_digest: str) -> ConceptSet:
        """The concepts of the picture whose file has this digest; raises as :meth:`read`."""
        return read_concepts(self.path(image_digest), settings_digest=self.digest, image_digest=image_digest)

    def finished(self, image_digest: str, outline_digest: str = "") -> bool:
        """Whether there are good concepts of this picture, found with the help of this lesion mask or of none."""
        try:
            return self.read_digest(image_digest).outline_digest == outline_digest
        except InvalidInputError:
            return False

    def __iter__(self) -> Iterator[str]:
        """Digests of the pictures there are files of, in order."""
        return iter(sorted(file.stem for file in self.folder.glob(f"*{SUFFIX}") if not file.name.startswith(".")))

    def verify(self) -> list[str]:
        """What is wrong with the files, a sentence each; empty if nothing is."""
        problems = []
        for digest in self:
            try:
                self.read_digest(digest)
            except InvalidInputError as error:
                problems.append(str(error))
        return problems


def open_cache(folder: str | os.PathLike[str], settings: str | None = None) -> ConceptCache:
    """The cache in a folder that was filled before.

    Args:
        folder: the one given to ``concepts extract``.
        settings: the first digits of the settings' digest; needed if the folder holds several.

    Raises:
        InvalidInputError: there is none, or its settings cannot be read.
        UsageError: there are several, or none of those digits.
        IntegrityError: the settings were changed after the concepts were extracted.
    """
    name = Path(folder).name
    found = sorted(file.parent for file in Path(folder).glob(f"*/{SETTINGS_FILE}"))
    if not found:
        expected = 'a folder filled by "python -m monai_skin concepts extract"'
        raise InvalidInputError.about(name, "concepts", "are not there", expected=expected)
    chosen = [place for place in found if settings is None or place.name.startswith(settings[:DIGEST_SHOWN])]
    if len(chosen) != 1:
        problem = f"are {len(found)}" if settings is None else f"{settings!r} fit {len(chosen)} of {len(found)}"
        expected = f"one of {', '.join(place.name for place in found)} to be named"
        raise UsageError.about(name, "settings", problem, expected=expected)
    cache = ConceptCache(folder, read_settings(chosen[0] / SETTINGS_FILE))
    if cache.folder != chosen[0]:
        problem = "are not those the folder is named after"
        raise IntegrityError.about(f"{chosen[0].name}/{SETTINGS_FILE}", "settings", problem, expected="them unchanged")
    return cache
