# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a decoded picture was whole: libjpeg paints what is missing grey, and says so only in a warning.

"ITU-T T.81: Digital compression and coding of continuous-tone still images", 1992 (JPEG), and "Portable Network
Graphics (PNG) Specification", W3C, 2003.
"""

from __future__ import annotations

import io
import re
import zlib

from PIL import JpegImagePlugin
from PIL.ImageFile import ImageFile

__all__ = ["check_complete"]

_END_OF_IMAGE = b"\xff\xd9"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # any but stuffing, restarts and fill bytes
_FILLER = bytes(range(1, 241)) * 18  # entropy-coded data as good as any, without a marker


def check_complete(image: ImageFile, data: bytes, kind: str, scan_start: int) -> None:
    """Raise ``EOFError`` where the file ended before the picture did, though the decoder did not complain."""
    if kind == "JPEG":
        _check_jpeg(image, data, scan_start)
    elif kind == "PNG":
        _check_png(data)


def _check_jpeg(image: ImageFile, data: bytes, scan_start: int) -> None:
    end = data.rfind(_END_OF_IMAGE, scan_start)
    if end < 0:
        raise EOFError("no end of image")
    if _last_pixel_is_mid_grey(image) or "progressive" in image.info:
        _check_last_scan(image, data, scan_start, end)


def _last_pixel_is_mid_grey(image: ImageFile) -> bool:
    # Blocks that libjpeg never saw have all coefficients zero, which is mid-grey; the last block goes missing first.
    pixel = image.getpixel((image.width - 1, image.height - 1))
    return pixel in (128, (128, 128, 128))


def _check_last_scan(image: ImageFile, data: bytes, scan_start: int, end: int) -> None:
    """Decode again with other bytes after the last scan: they change nothing if the scan was whole."""
    if "progressive" not in image.info:
        marker = _MARKER.search(data, scan_start)
        end = marker.start() if marker else end
    again = JpegImagePlugin.JpegImageFile(io.BytesIO(data[:end] + _FILLER + _END_OF_IMAGE), "")
    again.draft(image.mode, image.size)
    again.load()
    if again.tobytes() != image.tobytes():
        raise EOFError("the last scan is cut off")


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
