# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which way up a picture is meant to be seen: EXIF tag 0x0112 (CIPA DC-008, "Exif 2.32", 2019)."""

from __future__ import annotations

from PIL import ExifTags, Image

from monai_skin.io.decoding import OpenedPicture

__all__ = ["orientation_of", "upright"]

BROKEN_EXIF = "its EXIF data are damaged; it was taken as upright"
_METHODS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation_of(opened: OpenedPicture) -> tuple[int, list[str]]:
    """The orientation, 1 to 8, and a note where the tag could not be read.

    Pillow turns TIFF pictures upright by itself, so theirs is always 1 here.
    """
    if opened.kind == "TIFF" or not _may_have_exif(opened.image.info):
        return 1, []
    try:
        value = opened.image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a damaged tag must not cost the picture, and Pillow raises many kinds here
        return 1, [BROKEN_EXIF]
    return (value if value in _METHODS else 1), []


def _may_have_exif(info: dict[str | tuple[int, int], object]) -> bool:
    return any(key in info for key in ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"))


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """``image`` turned and mirrored so that it is seen as intended."""
    method = _METHODS.get(orientation)
    return image if method is None else image.transpose(method)
