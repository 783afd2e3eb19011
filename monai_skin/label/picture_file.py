# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The file of a picture, where a datastore names a file or the folder of a series."""

from __future__ import annotations

import os
from pathlib import Path

from monai_skin.errors import InvalidInputError

__all__ = ["picture_file"]


def picture_file(place: str | os.PathLike[str]) -> Path:
    """A picture's file; of a folder, as DICOMweb downloads a series into one, the single file in it.

    Raises:
        InvalidInputError: the folder has none, or several.
    """
    path = Path(place)
    if not path.is_dir():
        return path
    files = sorted(child for child in path.iterdir() if child.is_file())
    if len(files) != 1:
        raise InvalidInputError.about("series", "files", f"are {len(files)}", expected="one picture in a series")
    return files[0]
