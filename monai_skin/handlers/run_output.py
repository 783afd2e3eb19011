# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What the handlers that write results share: the items of a batch, safe names, a clean folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ignite.engine import Engine
from monai.data import MetaTensor

from monai_skin.errors import InvalidInputError, StorageError, UsageError

__all__: list[str] = []

LONGEST_NAME = 200  # bytes; file systems stop at 255, and a temporary file needs its suffix


def items_of(engine: Engine) -> list[dict[str, Any]]:
    """The finished items of a decollated batch.

    MONAI keeps what it was given in ``state.batch`` and what it computed in ``state.output``; an item is both. Of the
    picture it keeps the tensor the network was handed too, without metadata; the item has the one that still has it.
    """
    outputs: Any = engine.state.output
    batch: Any = engine.state.batch
    if isinstance(batch, list) and len(batch) == len(outputs) and all(isinstance(part, Mapping) for part in batch):
        return [_joined(given, computed) for given, computed in zip(batch, outputs, strict=True)]
    return [dict(computed) for computed in outputs]


def _joined(given: Mapping[str, Any], computed: Mapping[str, Any]) -> dict[str, Any]:
    bare = {key for key, value in computed.items() if not isinstance(value, MetaTensor)}
    kept = {key: value for key, value in given.items() if key in bare and isinstance(value, MetaTensor)}
    return {**given, **computed, **kept}


def check_image_id(image_id: str) -> str:
    """Return an id that can be a file name inside the output folder, and nothing else."""
    hostile = any(character in "/\\" or not character.isprintable() for character in image_id)
    if hostile or not image_id.strip() or image_id.startswith(".") or len(image_id.encode()) > LONGEST_NAME:
        shown = image_id[:40].encode("unicode_escape").decode()
        expected = f"1 to {LONGEST_NAME} bytes without / \\ or control characters and no leading dot"
        raise InvalidInputError.about(shown or "item", "image_id", "cannot name a file", expected=expected)
    return image_id


def prepare_folder(folder: Path, *, written: Iterable[str], stale: Iterable[str], overwrite: bool) -> None:
    """Make ``folder``; refuse one with earlier results, or with ``overwrite`` remove ``stale`` files."""
    found = [name for name in written if (folder / name).exists()]
    if found and not overwrite:
        expected = "a new folder, or overwrite"
        raise UsageError.about(folder.name, "output folder", f"holds {found[0]} already", expected=expected)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in stale:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        problem = f"cannot be prepared ({error.strerror})"
        raise StorageError.about(folder.name, "output folder", problem, expected="a writable folder") from error
