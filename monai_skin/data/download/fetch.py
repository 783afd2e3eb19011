# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fetch one file over HTTP: resumed where it was cut off, checked, and only then given its name."""

from __future__ import annotations

import functools
import hashlib
import http.client
import re
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tqdm import tqdm

from monai_skin.errors import IntegrityError, PeerError, UsageError
from monai_skin.io.partial import PartFile

__all__ = ["download_file", "open_address"]

_BLOCK = 1 << 20
_NOT_SATISFIABLE = 416
_PARTIAL = 206
_BROKEN = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


def download_file(
    address: str,
    path: str | Path,
    *,
    sha256: str | None = None,
    md5: str | None = None,
    progress: bool = True,
    timeout: float = 30.0,
    attempts: int = 4,
) -> Path:
    """Fetch ``address`` to ``path``; a file that is already there and right is not fetched again.

    What has come is kept beside it as ``.part``, and a later call goes on from there where the server can.

    Args:
        address: starts with ``https://``, or with ``http://`` for this very machine.
        path: its folders are made.
        sha256: hexadecimal digest the file must have.
        md5: the same, for sources that publish no better one.
        progress: show a bar.
        timeout: seconds without a byte after which an attempt ends.
        attempts: how often a broken connection is taken up again; an attempt that brought bytes does not count.

    Raises:
        UsageError: for another kind of address.
        PeerError: when the server refuses or keeps breaking off.
        IntegrityError: when a digest differs; what was fetched is then deleted.
        StorageError: when the disk is full or refuses us.
    """
    _check_address(address)
    path = Path(path)
    if path.is_file() and _wrong_digest(path, sha256, md5) is None:
        return path
    with PartFile(path) as part:
        _fetch_all(part, address, progress=progress, timeout=timeout, attempts=attempts)
        part.flush()
        wrong = _wrong_digest(part.part, sha256, md5)
        if wrong:
            part.part.unlink()
            raise IntegrityError.about(path.name, wrong[0], f"is {wrong[1]}", expected=wrong[2])
        part.finish()
    return path


def open_address(address: str, *, timeout: float = 30.0, start: int = 0) -> Any:
    """Open an address for reading, from byte ``start`` on where the server can.

    Raises:
        UsageError: for an address that is not ``https://``.
    """
    _check_address(address)
    headers = {"User-Agent": "monai_skin", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 (checked above)
    response = urllib.request.urlopen(request, timeout=timeout)  # noqa: S310
    _check_address(response.url)  # a redirection must not lead to an open line either
    return response


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.scheme != "https" and not here:
        raise UsageError(f"address is {address!r}; expected one that starts with https://")


def _fetch_all(part: PartFile, address: str, *, progress: bool, timeout: float, attempts: int) -> None:
    failures = 0
    with tqdm(desc=part.path.name, unit="B", unit_scale=True, unit_divisor=1024, disable=not progress) as bar:
        while True:
            before = part.size
            try:
                _fetch_rest(part, address, bar, timeout)
                return
            except _BROKEN as error:
                _refuse_final(error, part.path.name)
                failures = 1 if part.size > before else failures + 1
                if failures >= attempts:
                    raise _gave_up(part, error) from error
                time.sleep(min(0.2 * 2**failures, 5.0))


def _fetch_rest(part: PartFile, address: str, bar: Any, timeout: float) -> None:
    """One attempt; raises when it ends early."""
    start = part.size
    try:
        response = open_address(address, timeout=timeout, start=start)
    except urllib.error.HTTPError as error:
        error.close()  # nobody reads the page that came with it
        if error.code == _NOT_SATISFIABLE and _total(error.headers.get("Content-Range")) == start:
            return  # all of it had come before
        if error.code == _NOT_SATISFIABLE:
            part.restart()
        raise
    with response:
        if start and not _continues(response, start):
            part.restart()  # a server that cannot resume sends everything again
        length = response.headers.get("Content-Length")
        expected = part.size + int(length) if length else None
        bar.total, bar.n = expected, part.size
        for block in iter(lambda: response.read(_BLOCK), b""):
            part.append(block)
            bar.update(len(block))
    if expected is not None and part.size < expected:
        raise http.client.IncompleteRead(b"", expected - part.size)


def _continues(response: Any, start: int) -> bool:
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range") or "")
    return response.status == _PARTIAL and match is not None and int(match[1]) == start


def _total(content_range: str | None) -> int | None:
    match = re.search(r"/(\d+)$", content_range or "")
    return int(match[1]) if match else None


def _refuse_final(error: Exception, name: str) -> None:
    """Raise at once when trying again cannot help."""
    if (
        isinstance(error, urllib.error.HTTPError)
        and error.code not in {408, _NOT_SATISFIABLE, 429}
        and error.code < 500
    ):
        raise PeerError.about(name, "server", f"answered {error.code}", expected="the file") from error


def _gave_up(part: PartFile, error: Exception) -> PeerError:
    reason = f"{type(error).__name__} after {part.size} bytes"
    return PeerError.about(part.path.name, "transfer", f"broke off ({reason})", expected="run it again to go on")


def _wrong_digest(path: Path, sha256: str | None, md5: str | None) -> tuple[str, str, str] | None:
    """Name, found and expected digest of the first that differs."""
    for name, expected in (("sha256", sha256), ("md5", md5)):
        if expected:
            with path.open("rb") as stream:
                found = hashlib.file_digest(
                    stream, functools.partial(hashlib.new, name, usedforsecurity=False)
                ).hexdigest()
            if found != expected.lower():
                return name, found, expected
    return None
