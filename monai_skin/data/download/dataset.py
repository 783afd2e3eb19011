# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fetch all files of a public data set and unpack them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monai_skin.data.download.fetch import download_file
from monai_skin.data.download.sources import SOURCES, RemoteFile, Source
from monai_skin.errors import PeerError, UsageError
from monai_skin.io import read_json, safe_extract

__all__ = ["download_dataset"]

_ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")


def download_dataset(
    name: str, folder: str | Path, *, source: Source | None = None, progress: bool = True, keep_archives: bool = False
) -> list[Path]:
    """Fetch and unpack a data set into ``folder``; stopped half-way, the next call goes on.

    Args:
        name: one of :data:`SOURCES`.
        source: another place to fetch it from, such as a mirror.
        keep_archives: do not delete an archive once it is unpacked; the next call then fetches nothing.

    Returns:
        What was fetched or unpacked.

    Raises:
        UsageError: when the name is not known.
        PeerError: when a server refuses or keeps breaking off.
        IntegrityError: when a digest differs.
        StorageError: when the disk is full or refuses us.
        UnsafeArtefactError: when an archive would write outside the folder.
    """
    if source is None and name not in SOURCES:
        raise UsageError(f"data set is {name!r}; expected one of {', '.join(SOURCES)}")
    place, folder = source or SOURCES[name], Path(folder)
    files = list(place.files) or _dataverse_files(place.dataverse, folder, progress=progress)
    got: list[Path] = []
    for file in files:
        path = download_file(file.address, folder / file.name, md5=file.md5, progress=progress)
        if not file.name.lower().endswith(_ARCHIVES):
            got.append(path)
            continue
        got += safe_extract(path, folder, max_bytes=place.unpacked_bytes)
        if not keep_archives:
            path.unlink()
    return got


def _dataverse_files(address: str, folder: Path, *, progress: bool) -> list[RemoteFile]:
    """Files of a Dataverse dataset, in the form they were uploaded in.

    Raises:
        PeerError: when the answer is not such a description.
    """
    listing = download_file(address, folder / ".dataverse.json", progress=progress)
    try:
        described = read_json(listing)["data"]["latestVersion"]["files"]
        parts = urlsplit(address)
        return [_dataverse_file(entry, f"{parts.scheme}://{parts.netloc}") for entry in described]
    except (KeyError, TypeError, IndexError) as error:
        raise PeerError.about("dataverse", "answer", "has another form", expected="a list of files") from error
    finally:
        listing.unlink(missing_ok=True)


def _dataverse_file(entry: dict[str, Any], host: str) -> RemoteFile:
    file = entry["dataFile"]
    address = f"{host}/api/access/datafile/{int(file['id'])}"
    if "originalFileFormat" in file:  # a table that was converted on arrival: its digest is that of the converted form
        return RemoteFile(f"{address}?format=original", Path(file["originalFileName"]).name)
    return RemoteFile(address, Path(file["filename"]).name, file["md5"])
