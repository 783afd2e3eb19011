# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading whole files: what is there, how large it is, and what to call it in an error."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from monai_skin.errors import InvalidInputError

__all__ = ["FileOrBytes", "read_bytes", "sha256_of", "source_name", "stated_digest"]

FileOrBytes = str | os.PathLike[str] | bytes


def source_name(file: FileOrBytes, source: str | None = None) -> str:
    """What an error or a table calls ``file``: the caller's word for it, or the file's name without its folders.

    On Linux a name is any bytes; those that are no UTF-8 are shown as U+FFFD, for no text file could hold them.
    """
    if source is not None:
        return source
    if isinstance(file, bytes):
        return "bytes in memory"
    return Path(os.fspath(file)).name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_bytes(file: FileOrBytes, *, source: str | None = None, max_bytes: int | None = None) -> bytes:
    """The content of a file, or the given bytes themselves.

    Args:
        file: a path, or content that is already in memory.
        source: the name used in errors; the file's name by default.
        max_bytes: a larger file is refused before it is read.

    Raises:
        InvalidInputError: the file is missing, not a regular file, unreadable or too large.
    """
    name = source_name(file, source)
    if isinstance(file, bytes):
        _check_size(len(file), max_bytes, name)
        return file
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise InvalidInputError.about(name, "file", "is not a regular file", expected="a file with content")
            _check_size(status.st_size, max_bytes, name)
            return stream.read()
    except FileNotFoundError:
        raise InvalidInputError.about(name, "file", "does not exist", expected="a path to an existing file") from None
    except IsADirectoryError:
        raise InvalidInputError.about(name, "file", "is a folder", expected="a file with content") from None
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        reason = getattr(error, "strerror", None) or "its name is not a possible path"
        raise InvalidInputError.about(name, "file", f"cannot be read ({reason})", expected="a readable file") from None


def _check_size(size: int, max_bytes: int | None, name: str) -> None:
    if max_bytes is not None and size > max_bytes:
        raise InvalidInputError.about(name, "file", f"has {size:,} bytes", expected=f"at most {max_bytes:,}")


def sha256_of(file: FileOrBytes) -> str:
    """The SHA-256 digest of a file's content, as 64 lower-case hexadecimal characters.

    >>> sha256_of(b"abc")[:16]
    'ba7816bf8f01cfea'
    """
    if isinstance(file, bytes):
        return hashlib.sha256(file).hexdigest()
    try:
        with open(file, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise InvalidInputError.about(source_name(file), "file", problem, expected="a readable file") from None


def stated_digest(file: FileOrBytes) -> str | None:
    """The SHA-256 that ``sha256sum`` wrote beside a file, as ``model.pt.sha256`` beside ``model.pt``; None without one.

    Raises:
        InvalidInputError: the file beside it holds no digest.
    """
    if isinstance(file, bytes):
        return None
    beside = Path(f"{os.fspath(file)}.sha256")
    if not beside.is_file():
        return None
    digest = read_bytes(beside, max_bytes=1000).decode("ascii", "replace").split(maxsplit=1)[:1]
    if not digest or not re.fullmatch("[0-9a-fA-F]{64}", digest[0]):
        raise InvalidInputError.about(beside.name, "digest", "is not SHA-256", expected="64 hexadecimal digits, name")
    return digest[0].lower()
