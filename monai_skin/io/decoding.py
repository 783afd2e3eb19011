# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The one place where a picture file is opened: content decides, limits come first, every failure has one type.

Pillow is the decoder. Its plugins are called directly, one format at a time, because ``Image.open`` would try other
formats and carries a pixel limit that is one global for the whole process.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from PIL import BmpImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin
from PIL.ImageFile import ImageFile

from monai_skin.errors import InvalidInputError, SkinError
from monai_skin.io.completeness import check_complete, has_no_end
from monai_skin.io.files import FileOrBytes, read_bytes, source_name
from monai_skin.io.jpeg import MAX_SCANS, START_OF_SCAN

__all__ = ["MAX_PIXELS", "OpenedPicture", "most_bytes", "open_picture"]

# Pillow warns about damage that does no harm, in words taken from the file. Once for the process: a filter set for the
# time of one call would be seen by every thread.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
logging.getLogger("PIL").setLevel(logging.WARNING)  # below that it repeats every tag and text of a file

MAX_PIXELS = 100_000_000
"""Pictures with more pixels are refused from their header, unless the caller sets another limit."""

_PLUGINS: dict[str, Any] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
}
_READABLE = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)
_OTHERS = (
    (b"GIF8", 0, "a GIF picture"),
    (b"WEBP", 8, "a WebP picture"),
    (b"ftypavif", 4, "an AVIF picture"),
    (b"ftyphei", 4, "a HEIF picture"),
    (b"\x00\x00\x00\x0cjP  ", 0, "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", 0, "a JPEG 2000 picture"),
    (b"DICM", 128, "a DICOM object"),
    (b"%PDF", 0, "a PDF document"),
    (b"PK\x03\x04", 0, "a ZIP archive"),
)
_COUNTED_PAGES = 100
_EXPECTED = "a JPEG, PNG, BMP or TIFF picture"


@dataclass
class OpenedPicture:
    """A picture whose header was read and accepted and whose pixels were not decoded yet.

    Args:
        image: Pillow's lazy picture.
        data: the whole file.
        kind: "JPEG", "PNG", "BMP" or "TIFF".
        source: what errors call it.
        size: width and height that the header states.
    """

    image: ImageFile
    data: bytes
    kind: str
    source: str
    size: tuple[int, int]

    def load(self) -> None:
        """Decode the pixels.

        Raises:
            InvalidInputError: the picture is cut off or damaged.
        """
        with self.decoding():
            self.image.load()
            check_complete(self.image, self.data, self.size)

    def decoding(self) -> AbstractContextManager[None]:
        """The boundary around any work on ``image``: see :func:`_decoding`."""
        return _decoding(self.source, self.data, self.kind)


def most_bytes(max_pixels: int) -> int:
    """The size a file may have: no picture needs more bytes than 64 bits per pixel and its metadata."""
    return 8 * max_pixels + (64 << 20)


def open_picture(file: FileOrBytes, *, source: str | None = None, max_pixels: int = MAX_PIXELS) -> OpenedPicture:
    """Read a picture's header and check kind, size, depth and page count, before any pixel is decoded.

    Raises:
        InvalidInputError: not a picture of a kind that is read, or larger than ``max_pixels``.
    """
    name = source_name(file, source)
    data = read_bytes(file, source=name, max_bytes=most_bytes(max_pixels))
    kind = _kind_of(data, name)
    with _decoding(name, data, kind):
        image: ImageFile = _PLUGINS[kind](io.BytesIO(data), "")
        opened = OpenedPicture(image, data, kind, name, image.size)
        _check_size(opened, max_pixels)
        _check_depth(opened)
        _check_passes(opened)
    return opened


def _kind_of(data: bytes, name: str) -> str:
    for start, kind in _READABLE:
        if data.startswith(start):
            return kind
    raise InvalidInputError.about(name, "image", _what_else(data), expected=_EXPECTED)


def _what_else(data: bytes) -> str:
    if not data:
        return "is empty"
    for mark, place, what in _OTHERS:
        if data[place : place + len(mark)] == mark:
            return f"is {what}"
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "is an HTML page, perhaps the error page of a download"
    return "is not a picture of a known kind"


def _check_size(opened: OpenedPicture, max_pixels: int) -> None:
    width, height = opened.image.size
    if width < 1 or height < 1:
        raise _refusal(opened, f"has {height} rows and {width} columns", "at least one of each")
    if width * height > max_pixels:
        raise _refusal(opened, f"has {height:,} x {width:,} pixels", f"at most {max_pixels:,} pixels")


def _check_depth(opened: OpenedPicture) -> None:
    """Refuse what Pillow would silently squeeze into eight bits."""
    image, bits = opened.image, 8
    if opened.kind == "PNG":
        bits = opened.data[24]  # IHDR is always first; its ninth byte is the bit depth
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = max(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,)))
    if bits > 8:
        raise _refusal(opened, f"has {bits} bits per sample (mode {image.mode})", "8 bits per sample")


def _check_passes(opened: OpenedPicture) -> None:
    """Refuse a file that holds several pictures, or makes the decoder paint one over and over."""
    if opened.kind == "JPEG":
        scans = opened.data.count(START_OF_SCAN) if "progressive" in opened.image.info else 1
        if scans > MAX_SCANS:
            raise _refusal(opened, f"has {scans} scans", f"at most {MAX_SCANS}")
        return
    pages = _pages(opened.image)
    if pages > 1:
        count = f"{pages} or more" if pages == _COUNTED_PAGES else f"{pages}"
        raise _refusal(opened, f"has {count} pages (mode {opened.image.mode})", "one picture in a file")


def _pages(image: ImageFile) -> int:
    """Counted one by one and not for ever: a small file can chain a million pages."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return int(getattr(image, "n_frames", 1))
    pages = 1
    try:
        while pages < _COUNTED_PAGES:
            image.seek(pages)
            pages += 1
    except EOFError:
        pass
    return pages


def _refusal(opened: OpenedPicture, problem: str, expected: str) -> InvalidInputError:
    return InvalidInputError.about(opened.source, "image", problem, expected=expected)


@contextmanager
def _decoding(source: str, data: bytes, kind: str) -> Iterator[None]:
    """The boundary: whatever a decoder raises inside becomes one :class:`InvalidInputError`.

    A damaged file can make Pillow raise a dozen unrelated kinds, from ``SyntaxError`` to ``MemoryError``.
    """
    try:
        yield
    except SkinError:
        raise
    except Exception as error:
        cut = isinstance(error, EOFError) or "truncated" in str(error).lower() or has_no_end(data, kind)
        problem = f"is cut off after {len(data):,} bytes" if cut else "is damaged and cannot be decoded"
        raise InvalidInputError.about(source, "image", problem, expected="a whole picture") from error
