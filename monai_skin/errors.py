# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, and the exit code each kind ends a command with.

Every message is one sentence: ``<source>: <field> <what was found>; expected <what would do>``. It names the item
by its id or file name, never by a full path or a patient's name.
"""

from __future__ import annotations

from typing import Self

__all__ = [
    "IntegrityError",
    "InvalidInputError",
    "ItemsSetAsideError",
    "PeerError",
    "SkinError",
    "StorageError",
    "TrainingDivergedError",
    "UnsafeArtefactError",
    "UsageError",
    "skin_error_in",
]


class SkinError(Exception):
    """Base of every error this package raises on purpose.

    The constructor takes one positional string, because that is all PyTorch hands back from a
    ``DataLoader`` worker; any other signature would come back as a plain ``RuntimeError``.

    Args:
        message: the whole sentence shown to a person.
        source: the item the error is about, such as an image id or a file name.
        field: the part of the item that is wrong.
    """

    exit_code = 1

    def __init__(self, message: str, *, source: str = "", field: str = "") -> None:
        super().__init__(message)
        self.source, self.field = source, field

    @classmethod
    def about(cls, source: str, field: str, problem: str, *, expected: str) -> Self:
        """Build the one-sentence message from its parts."""
        return cls(f"{source}: {field} {problem}; expected {expected}", source=source, field=field)


class UsageError(SkinError, ValueError):
    """The command or the arguments make no sense together."""

    exit_code = 2


class InvalidInputError(SkinError, ValueError):
    """One input is unusable, or does not exist."""

    exit_code = 3


class UnsafeArtefactError(SkinError):
    """A weight file, archive or bundle could run code or write where it should not."""

    exit_code = 4


class TrainingDivergedError(SkinError, ArithmeticError):
    """The loss is no longer a number."""

    exit_code = 5


class ItemsSetAsideError(SkinError):
    """The run finished, but some items could not be used."""

    exit_code = 6


class StorageError(SkinError, OSError):
    """The disk is full, read-only or refuses us, or memory has run out."""

    exit_code = 7


class PeerError(SkinError, ConnectionError):
    """A network peer did not answer, or answered wrongly."""

    exit_code = 8


class IntegrityError(SkinError, ValueError):
    """A checksum differs, two files contradict each other, or a group stands in two splits."""

    exit_code = 9


def skin_error_in(error: BaseException) -> SkinError | None:
    """The typed error inside ``error``: itself, or the nearest along ``__cause__`` and ``__context__``.

    MONAI's ``Compose`` and its bundle parser wrap every exception in a ``RuntimeError``; the reason is kept behind it.
    """
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        if isinstance(current, SkinError):
            return current
        seen.add(id(current))
        current = current.__cause__ or current.__context__
    return None
