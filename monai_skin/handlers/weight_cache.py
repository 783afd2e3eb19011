# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Published weight files, fetched once and kept."""

from __future__ import annotations

import os
from pathlib import Path

from monai_skin.data import download_file
from monai_skin.errors import IntegrityError, PeerError
from monai_skin.io import sha256_of

__all__ = ["fetch_weights"]


def fetch_weights(address: str, *, digest: str, name: str | None = None) -> Path:
    """A file of the cache (``MONAI_SKIN_CACHE``, by default ``~/.cache/monai_skin``), fetched if it is not there yet.

    Args:
        address: where the file is published.
        digest: its SHA-256, or how that begins.
        name: of the file in the cache; the last part of the address by default.

    Raises:
        IntegrityError: the digest differs; the file is then deleted.
        PeerError: the file is neither in the cache nor can it be fetched.
        StorageError: the disk is full or refuses us.
    """
    folder = os.environ.get("MONAI_SKIN_CACHE", "~/.cache/monai_skin")
    path = Path(folder).expanduser() / (name or address.rsplit("/", 1)[-1])
    if not path.exists():
        try:
            download_file(address, path)
        except PeerError as error:
            expected = f"that file as {path.name} in the folder {folder}, or a path to it"
            problem = f"could not be fetched from {address}"
            raise PeerError.about(path.name, "file", problem, expected=expected) from error
    found = sha256_of(path)
    if not found.startswith(digest.lower()):
        path.unlink()  # so that the next run fetches it anew
        expected = f"a digest that begins with {digest.lower()}"
        raise IntegrityError.about(path.name, "sha256", f"is {found}", expected=expected)
    return path
