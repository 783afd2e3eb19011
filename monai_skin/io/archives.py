# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The only code that unpacks an archive: everything is checked first, and nothing is written if anything is wrong."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from monai_skin.errors import InvalidInputError, SkinError, UnsafeArtefactError
from monai_skin.io.atomic import storage_error, temporary_folder
from monai_skin.io.files import FileOrBytes, read_bytes, source_name

__all__ = ["safe_extract"]

_MAX_MEMBERS = 200_000
_Archive = zipfile.ZipFile | tarfile.TarFile


@dataclass(frozen=True)
class _Member:
    """One entry of either format. ``kind`` is "file", "folder", or the word for what is refused."""

    name: str
    size: int
    kind: str
    open: Callable[[], IO[bytes] | None]


def safe_extract(archive: FileOrBytes, folder: str | os.PathLike[str], *, max_bytes: int) -> list[Path]:
    """Unpack a zip or tar archive into ``folder``.

    Args:
        archive: a path, or the content of an archive.
        folder: made if it is missing; files of the same name are replaced.
        max_bytes: the most that all members may hold together.

    Returns:
        The files written, in the archive's order.

    Raises:
        UnsafeArtefactError: a member leaves the folder, is a link or a device, doubles another, or all are too large.
        InvalidInputError: damaged, or not an archive.
        StorageError: the disk is full, read-only or refuses us.
    """
    name, target = source_name(archive), Path(folder)
    with _opened(read_bytes(archive), name) as opened:
        with _reading(name):
            members = list(_members(opened))
        _check(members, target, max_bytes, name)
        try:
            return _unpack(members, target, name)
        except SkinError:
            raise
        except OSError as error:
            raise storage_error(target.name, error) from error


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """The boundary: whatever zip, tar and their four decompressors raise becomes one typed error."""
    try:
        yield
    except Exception as error:
        raise InvalidInputError.about(name, "archive", "is damaged", expected="a whole zip or tar") from error


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[_Archive]:
    stream = io.BytesIO(data)
    try:
        opened = zipfile.ZipFile(stream) if zipfile.is_zipfile(io.BytesIO(data)) else tarfile.open(fileobj=stream)
    except Exception as error:
        problem = "is damaged or of an unknown kind"
        raise InvalidInputError.about(name, "archive", problem, expected="a whole zip or tar") from error
    with opened:
        yield opened


def _members(archive: _Archive) -> Iterator[_Member]:
    if isinstance(archive, zipfile.ZipFile):
        for info in archive.infolist():
            yield _Member(info.filename, info.file_size, _zip_kind(info), partial(archive.open, info))
    else:
        for entry in archive:
            yield _Member(entry.name, entry.size, _tar_kind(entry), partial(archive.extractfile, entry))
        _check_end(archive)


def _check_end(archive: tarfile.TarFile) -> None:
    """Raise where the closing empty block is missing: tarfile takes a cut archive for a shorter one."""
    if archive.fileobj is not None:
        archive.fileobj.seek(archive.offset)
        if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise EOFError("no end of archive")


def _zip_kind(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16
    if info.is_dir():
        return "folder"
    return "file" if stat.S_IFMT(mode) in (0, stat.S_IFREG) else "link or device"


def _tar_kind(entry: tarfile.TarInfo) -> str:
    if entry.isdir():
        return "folder"
    return "file" if entry.isreg() and not entry.issparse() else "link or device"


def _check(members: list[_Member], target: Path, max_bytes: int, name: str) -> None:
    total = sum(member.size for member in members)
    if total > max_bytes or len(members) > _MAX_MEMBERS:
        problem = f"holds {total:,} bytes in {len(members):,} members"
        raise UnsafeArtefactError.about(name, "archive", problem, expected=f"at most {max_bytes:,} bytes")
    seen: set[str] = set()
    for member in members:
        problem = _problem(member, target, seen)
        if problem:
            where = f"member {member.name[:80]!r}"
            raise UnsafeArtefactError.about(name, where, problem, expected="plain files inside one folder")


def _problem(member: _Member, target: Path, seen: set[str]) -> str:
    if member.kind not in ("file", "folder"):
        return f"is a {member.kind}"
    path = PurePosixPath(member.name)
    odd = "\\" in member.name or ":" in member.name or not member.name.isprintable()
    if path.is_absolute() or ".." in path.parts or odd or not path.parts:
        return "has a name that could leave the folder"
    if not (target / path).resolve().is_relative_to(target.resolve()):
        return "goes through a link in the folder"
    # Some file systems hold names equal that differ in case or in how accents are written.
    key = unicodedata.normalize("NFC", str(path)).casefold()
    if member.kind == "file" and key in seen:
        return "is there twice"
    seen.add(key)
    return ""


def _unpack(members: list[_Member], target: Path, name: str) -> list[Path]:
    """Unpack beside ``target`` first: a damaged member must leave nothing behind."""
    files = [member for member in members if member.kind == "file"]
    with temporary_folder(target.parent) as waiting:
        for number, member in enumerate(files):
            with (waiting / str(number)).open("wb") as stream:
                stream.writelines(_content(member, name))
        return [_move(waiting / str(number), target / member.name) for number, member in enumerate(files)]


def _content(member: _Member, name: str) -> Iterator[bytes]:
    with _reading(name):
        content = member.open()
        if content is None:
            raise EOFError(member.name)
    with content:
        while chunk := _chunk(content, name):
            yield chunk


def _chunk(content: IO[bytes], name: str) -> bytes:
    with _reading(name):
        return content.read(1 << 20)


def _move(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)
    return target
