# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that are whole or absent: temporary in the same folder, flushed, renamed, folder flushed.

A reader, or a process that was killed, sees the old file or the new one, never a part of either.
"""

from __future__ import annotations

import io
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from monai_skin.errors import SkinError, StorageError

if sys.platform != "win32":
    import fcntl

__all__ = ["atomic_file", "atomic_write", "sweep_temporaries"]

_PREFIX, _SUFFIX = ".monai_skin-", ".partial"


class _RecordingFile(io.FileIO):
    """Remembers the first failed write, because torch and safetensors replace it with errors of their own."""

    failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.failure = self.failure or error
            raise


@contextmanager
def atomic_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a binary stream that becomes ``path`` when the block ends well, and leaves no trace when it does not.

    Missing parent folders are made.

    Raises:
        StorageError: the disk is full, read-only or refuses us; whatever ``path`` held before is still there.
    """
    target = Path(path)
    temporary = target.with_name(f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}")
    raw: _RecordingFile | None = None
    try:
        raw = _create(temporary)
        with io.BufferedWriter(raw) as stream:
            yield stream
            stream.flush()
            os.fsync(raw.fileno())
            os.replace(temporary, target)
        _flush_folder(target.parent)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        failure = error if isinstance(error, OSError) else raw.failure if raw else None
        if failure is None or isinstance(error, SkinError):
            raise
        raise storage_error(target.name, failure) from error


def _create(temporary: Path) -> _RecordingFile:
    temporary.parent.mkdir(parents=True, exist_ok=True)
    raw = _RecordingFile(temporary, "xb")
    if sys.platform != "win32":
        fcntl.flock(raw.fileno(), fcntl.LOCK_EX)  # held while we live: see sweep_temporaries
    return raw


def _flush_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage_error(name: str, error: OSError) -> StorageError:
    """The typed form of a failed write."""
    reason = error.strerror or type(error).__name__
    return StorageError.about(name, "file", f"could not be written ({reason})", expected="a writable folder with space")


def atomic_write(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` to ``path`` as :func:`atomic_file` does."""
    with atomic_file(path) as stream:
        stream.write(data)


def sweep_temporaries(folder: str | os.PathLike[str]) -> list[str]:
    """Remove what killed processes left in ``folder``; files that a live process still writes are kept.

    Returns:
        The names of the removed files.
    """
    removed = []
    for path in sorted(Path(folder).glob(f"{_PREFIX}*{_SUFFIX}")):
        with suppress(OSError):
            if _is_abandoned(path):
                path.unlink()
                removed.append(path.name)
    return removed


def _is_abandoned(path: Path) -> bool:
    """A lock dies with its process, on every way a process can end."""
    if sys.platform == "win32":
        return True  # an open file cannot be removed there
    with path.open("rb") as stream:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    return True
