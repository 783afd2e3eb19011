# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that are whole or absent: temporary in the same folder, flushed, renamed, folder flushed.

A reader, or a process that was killed, sees the old file or the new one, never a part of either.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from monai_skin.errors import SkinError, StorageError

if sys.platform != "win32":
    import fcntl

__all__ = ["atomic_file", "atomic_write", "flush_folder", "storage_error", "sweep_temporaries", "temporary_folder"]

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
def atomic_file(path: str | os.PathLike[str], *, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Open a binary stream that becomes ``path`` when the block ends well, and leaves no trace when it does not.

    Missing parent folders are made.

    Args:
        path: the file to write.
        mode: who may use it, from which the umask is taken away; 0o600 for what only its owner may read.

    Raises:
        StorageError: the disk is full, read-only or refuses us; whatever ``path`` held before is still there.
    """
    target = Path(path)
    temporary = _new_name(target.parent)
    raw: _RecordingFile | None = None
    try:
        raw = _create(temporary, mode)
        with io.BufferedWriter(raw) as stream:
            yield stream
            stream.flush()
            os.fsync(raw.fileno())
            os.replace(temporary, target)
        flush_folder(target.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        failure = error if isinstance(error, OSError) else raw.failure if raw else None
        if failure is None or isinstance(error, SkinError):
            raise
        raise storage_error(target.name, failure) from error


def _new_name(folder: Path) -> Path:
    return folder / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"


def _create(temporary: Path, mode: int) -> _RecordingFile:
    temporary.parent.mkdir(parents=True, exist_ok=True)
    raw = _RecordingFile(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode))
    _lock(raw.fileno())
    return raw


def _lock(descriptor: int) -> None:
    """Mark a temporary as in use until its descriptor is closed, which the end of a process does too."""
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def flush_folder(folder: str | os.PathLike[str]) -> None:
    """Make the names in a folder, such as that of a file just moved there, outlive a power cut."""
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


def atomic_write(path: str | os.PathLike[str], data: bytes, *, mode: int = 0o666) -> None:
    """Write ``data`` to ``path`` as :func:`atomic_file` does."""
    with atomic_file(path, mode=mode) as stream:
        stream.write(data)


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """A folder inside ``parent`` that is removed at the end, or by :func:`sweep_temporaries` if we are killed."""
    folder = _new_name(parent)
    folder.mkdir(parents=True)
    descriptor = -1 if sys.platform == "win32" else os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor >= 0:
            os.close(descriptor)


def sweep_temporaries(folder: str | os.PathLike[str]) -> list[str]:
    """Remove what killed processes left in ``folder``; what a live process still writes is kept.

    Returns:
        The names that were removed.
    """
    removed = []
    for path in sorted(Path(folder).glob(f"{_PREFIX}*{_SUFFIX}")):
        with suppress(OSError):
            _remove_abandoned(path)
            removed.append(path.name)
    return removed


def _remove_abandoned(path: Path) -> None:
    if sys.platform != "win32":  # there, an open file cannot be removed anyway
        descriptor = os.open(path, os.O_RDONLY)
        try:
            _lock(descriptor)  # fails while its writer lives
        finally:
            os.close(descriptor)
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
