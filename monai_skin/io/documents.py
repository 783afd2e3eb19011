# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""JSON documents: doubled keys and numbers that are not JSON are errors, not guesses (RFC 8259, 2017)."""

from __future__ import annotations

import json
import os
from typing import Any, NoReturn

from monai_skin.errors import InvalidInputError
from monai_skin.io.atomic import atomic_write
from monai_skin.io.files import FileOrBytes, read_bytes, source_name

__all__ = ["read_json", "write_json"]


def read_json(file: FileOrBytes, *, source: str | None = None) -> Any:
    """Read a JSON document in UTF-8.

    Raises:
        InvalidInputError: not JSON, a key given twice, NaN or infinity, or nested too deeply.
    """
    name = source_name(file, source)
    try:
        text = read_bytes(file, source=name).decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, InvalidInputError):
            raise
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidInputError.about(name, "document", f"is not JSON ({reason})", expected="valid JSON") from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key {next(key for key in keys if keys.count(key) > 1)!r} is given twice")
    return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def write_json(path: str | os.PathLike[str], value: Any, *, mode: int = 0o666) -> None:
    """Write a JSON document in UTF-8 with two spaces of indentation, atomically; ``mode`` as for ``atomic_file``.

    Raises:
        InvalidInputError: a value that JSON cannot hold, such as NaN.
        StorageError: the disk is full, read-only or refuses us.
    """
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        problem = f"cannot be written as JSON ({error})"
        raise InvalidInputError.about(source_name(path), "document", problem, expected="JSON values") from None
    atomic_write(path, f"{text}\n".encode(), mode=mode)
