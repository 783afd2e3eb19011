# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The only code that unpacks an archive: everything is checked first, and nothing is written if anything is wrong."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from monai_skin.errors import InvalidInputError, UnsafeArtefactError
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
    handle: zipfile.ZipInfo | tarfile.TarInfo


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
    try:
        with _opened(read_bytes(archive), name) as opened:
            members = list(_members(opened))
            _check(members, target, max_bytes, name)
            return _unpack(opened, members, target)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError.about(name, "archive", "is damaged", expected="a whole zip or tar") from error
    except OSError as error:
        raise storage_error(target.name, error) from error


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[_Archive]:
    stream = io.BytesIO(data)
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as archive:
            yield archive
        return
    stream.seek(0)
    try:
        tar = tarfile.open(fileobj=stream)
    except tarfile.TarError:
        raise InvalidInputError.about(name, "archive", "is of an unknown kind", expected="zip or tar") from None
    with tar:
        yield tar


def _members(archive: _Archive) -> Iterator[_Member]:
    if isinstance(archive, zipfile.ZipFile):
        for info in archive.infolist():
            yield _Member(info.filename, info.file_size, _zip_kind(info), info)
    else:
        for entry in archive:
            yield _Member(entry.name, entry.size, _tar_kind(entry), entry)


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


def _unpack(archive: _Archive, members: list[_Member], target: Path) -> list[Path]:
    """Unpack beside ``target`` first: a damaged member must leave nothing behind."""
    files = [member for member in members if member.kind == "file"]
    with temporary_folder(target.parent) as waiting:
        for number, member in enumerate(files):
            with _content(archive, member) as content, (waiting / str(number)).open("wb") as stream:
                shutil.copyfileobj(content, stream)
        return [_move(waiting / str(number), target / member.name) for number, member in enumerate(files)]


def _content(archive: _Archive, member: _Member) -> IO[bytes]:
    if isinstance(archive, zipfile.ZipFile):
        return archive.open(member.name)
    content = archive.extractfile(member.name)
    if content is None:
        raise tarfile.ReadError("no content")
    return content


def _move(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)
    return target
