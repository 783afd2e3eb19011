# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Training states on disk: written atomically, read without running code."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from monai_skin.errors import InvalidInputError, SkinError, UsageError
from monai_skin.io.atomic import atomic_write
from monai_skin.io.files import FileOrBytes, read_bytes, source_name
from monai_skin.io.tensorfiles import load_torch, torch_as_bytes

__all__ = ["load_checkpoint", "save_checkpoint"]


def save_checkpoint(path: str | os.PathLike[str], state: Mapping[str, Any]) -> None:
    """Write a training state: nested containers of tensors, numbers and text.

    What could not be read back is not written: a checkpoint is only worth what resuming from it is worth.

    Raises:
        UsageError: the state holds something else than tensors, numbers, text and their containers.
        StorageError: the disk is full, read-only or refuses us; an older checkpoint is still there.
    """
    data = torch_as_bytes(state)
    try:
        load_torch(data, source=source_name(path))
    except SkinError as error:
        problem = "holds something that cannot be read back safely"
        expected = "tensors, numbers, text and their containers"
        raise UsageError.about(source_name(path), "state", problem, expected=expected) from error
    atomic_write(path, data)


def load_checkpoint(file: FileOrBytes) -> dict[str, Any]:
    """Read a training state, with its tensors on the CPU.

    Raises:
        InvalidInputError: missing, damaged or not a checkpoint.
        UnsafeArtefactError: loading it could run code.
    """
    name = source_name(file)
    loaded = load_torch(read_bytes(file), source=name)
    if not isinstance(loaded, dict):
        problem = f"holds {type(loaded).__name__}"
        raise InvalidInputError.about(name, "checkpoint", problem, expected="a dictionary of training state")
    return loaded
