# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Tensors with a JSON object that says what they are: one safetensors file, which cannot run code."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from monai_skin.errors import InvalidInputError
from monai_skin.io.files import FileOrBytes, read_bytes, source_name
from monai_skin.io.tensorfiles import load_tensors
from monai_skin.io.weights import save_weights

__all__ = ["read_described_tensors", "write_described_tensors"]

DESCRIPTION = "description"


def write_described_tensors(
    path: str | os.PathLike[str], tensors: Mapping[str, Tensor], description: Mapping[str, Any]
) -> None:
    """Write what :func:`read_described_tensors` reads; the same content gives the same bytes.

    Raises:
        InvalidInputError: a value is not finite.
        StorageError: the disk is full, read-only or refuses us.
    """
    text = json.dumps(dict(description), ensure_ascii=False, allow_nan=False)
    save_weights(path, tensors, metadata={DESCRIPTION: text})


def read_described_tensors(file: FileOrBytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors by name, on the CPU, and the object in the metadata of the file's header.

    Raises:
        InvalidInputError: missing, damaged, of another format, or without a description.
    """
    name, data = source_name(file), read_bytes(file)
    tensors = load_tensors(data, source=name)
    if tensors is None:
        raise InvalidInputError.about(name, "file", "is of another kind", expected="safetensors")
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    try:
        description = json.loads(header.get("__metadata__", {})[DESCRIPTION])
    except (KeyError, ValueError, RecursionError):
        description = None
    if not isinstance(description, dict):
        raise InvalidInputError.about(name, "metadata", "describe nothing", expected="a JSON object in 'description'")
    return tensors, description
