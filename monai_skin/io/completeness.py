# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a file holds its whole picture: decoders paint what is missing, and often only warn.

PNG: "Portable Network Graphics (PNG) Specification (Second Edition)", W3C, 2003. TIFF: "TIFF, Revision 6.0", Adobe,
1992. JPEG has a file of its own.
"""

from __future__ import annotations

import zlib

from PIL import JpegImagePlugin, PngImagePlugin, TiffImagePlugin
from PIL.ImageFile import ImageFile

from monai_skin.io.jpeg import END_OF_IMAGE, check_jpeg

__all__ = ["check_complete", "has_no_end"]

_PLACES_AND_SIZES = ((273, 279), (324, 325))  # TIFF's strips, and its tiles


def has_no_end(data: bytes, kind: str) -> bool:
    """Whether the mark that ends every file of this kind is missing."""
    return kind in ("JPEG", "PNG") and (END_OF_IMAGE if kind == "JPEG" else b"IEND") not in data


def check_complete(image: ImageFile, data: bytes, size: tuple[int, int]) -> None:
    """Raise ``EOFError`` where the file ended before the picture did, though the decoder did not complain.

    Args:
        image: the decoded picture, perhaps at a reduced scale.
        data: its file.
        size: width and height that the header states.
    """
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        check_jpeg(image, data, size)
    elif isinstance(image, PngImagePlugin.PngImageFile):
        _check_png(data)
    elif isinstance(image, TiffImagePlugin.TiffImageFile):
        _check_tiff(image, data)


def _check_png(data: bytes) -> None:
    place, kind = 8, b""
    while kind != b"IEND":
        length, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        stop = place + 12 + length
        if stop > len(data):
            raise EOFError("the last chunk is cut off")
        # Pillow skips the checksum of the pixel data itself.
        if kind == b"IDAT" and zlib.crc32(data[place + 4 : stop - 4]) != int.from_bytes(data[stop - 4 : stop]):
            raise ValueError("checksum of IDAT is wrong")
        place = stop


def _check_tiff(image: TiffImagePlugin.TiffImageFile, data: bytes) -> None:
    for places, sizes in _PLACES_AND_SIZES:
        stops = map(sum, zip(image.tag_v2.get(places, ()), image.tag_v2.get(sizes, ()), strict=False))
        if max(stops, default=0) > len(data):
            raise EOFError("pixels are said to stand behind the end of the file")
