# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A file that arrives in pieces: it grows under the name ``.part`` and gets its own name when it is whole."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from monai_skin.io.atomic import storage_error

__all__ = ["PartFile"]


class PartFile:
    """The bytes of ``path`` that have come so far, kept when the program is stopped.

    Every method raises :class:`~monai_skin.errors.StorageError` when the disk is full, read-only or refuses us.

    Args:
        path: the name the file gets from :meth:`finish`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(path.name + ".part")

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = open(self.part, "ab")
        except OSError as error:
            raise storage_error(self.path.name, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        empty = not self.size
        self._stream.close()
        if empty:
            self.part.unlink(missing_ok=True)

    @property
    def size(self) -> int:
        """Number of bytes that have come."""
        return self._stream.tell()

    def append(self, data: bytes) -> None:
        """Add bytes at the end."""
        try:
            self._stream.write(data)
        except OSError as error:
            raise storage_error(self.path.name, error) from error

    def restart(self) -> None:
        """Forget every byte."""
        self._stream.seek(0)
        self._stream.truncate(0)

    def flush(self) -> None:
        """Put what was added on the disk."""
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise storage_error(self.path.name, error) from error

    def finish(self) -> None:
        """Give the complete file its name."""
        self.flush()
        try:
            os.replace(self.part, self.path)
        except OSError as error:
            raise storage_error(self.path.name, error) from error
