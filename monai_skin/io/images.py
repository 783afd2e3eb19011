# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The one image reader: always upright, always eight-bit sRGB, always ``(3, H, W)``; or a typed error."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io.atomic import atomic_write
from monai_skin.io.colour import to_srgb
from monai_skin.io.decoding import MAX_PIXELS, OpenedPicture, most_bytes, open_picture
from monai_skin.io.files import FileOrBytes, read_bytes, source_name
from monai_skin.io.orientation import orientation_of, upright

__all__ = ["Picture", "image_size", "read_image", "write_image"]

_WRITERS = {".png": ("PNG", {"compress_level": 4}), ".jpg": ("JPEG", {"quality": 95, "subsampling": 0})}
_WRITERS[".jpeg"] = _WRITERS[".jpg"]


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Args:
        pixels: ``(3, H, W)`` uint8 sRGB in [0, 255], writable; a transposed view of contiguous ``(H, W, 3)`` memory.
        full_size: rows and columns of the upright original; larger than ``pixels`` after a reduced decode.
        notes: what could not be honoured, one sentence each, for a person.
    """

    pixels: npt.NDArray[np.uint8]
    full_size: tuple[int, int]
    notes: tuple[str, ...] = ()


def read_image(
    file: FileOrBytes,
    *,
    source: str | None = None,
    max_pixels: int = MAX_PIXELS,
    background: tuple[int, int, int] = (255, 255, 255),
    min_side: int | None = None,
) -> Picture:
    """Read a JPEG, PNG, BMP or TIFF picture, or the picture in a DICOM object of one frame.

    EXIF orientation is applied, palettes and one channel become RGB, transparency is laid over ``background``, and
    colours with a profile become sRGB. The content decides what a file is, not its name.

    Args:
        file: a path, or the content of a file.
        source: what errors call it; the file's name by default.
        max_pixels: larger pictures are refused from their header, before decoding.
        background: RGB in [0, 255] behind transparent pixels.
        min_side: a JPEG, also one in a DICOM object, may be decoded at 1/2, 1/4 or 1/8 of its size while its short side
            keeps this many pixels.

    Raises:
        InvalidInputError: missing, damaged, cut off, too large, or of a kind or mode that is not read.
    """
    name, data = content_of(file, source, max_pixels)
    if holds_dicom(data):
        return _read_dicom(data, name, max_pixels, min_side)
    opened = open_picture(data, source=name, max_pixels=max_pixels)
    orientation, notes = orientation_of(opened)
    width, height = opened.image.size
    if min_side is not None:
        opened.image.draft(None, (max(1, min_side), max(1, min_side)))
    opened.load()
    with opened.decoding():
        colours, colour_notes = to_srgb(opened.image, background=background, source=opened.source)
        pixels = np.array(upright(colours, orientation))  # a copy: Pillow's own array is read-only
    full_size = (width, height) if orientation >= 5 else (height, width)
    return Picture(pixels.transpose(2, 0, 1), full_size, (*notes, *colour_notes))


def image_size(file: FileOrBytes, *, source: str | None = None, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """Rows and columns of the upright picture, from the header alone.

    Raises:
        InvalidInputError: as for :func:`read_image`, but damage to the pixels is not seen.
    """
    name, data = content_of(file, source, max_pixels)
    if holds_dicom(data):
        from monai_skin.io.dicom_header import open_dicom

        shape = open_dicom(data, source=name, max_pixels=max_pixels).shape
        return shape.rows, shape.columns
    opened: OpenedPicture = open_picture(data, source=name, max_pixels=max_pixels)
    width, height = opened.image.size
    return (width, height) if orientation_of(opened)[0] >= 5 else (height, width)


def content_of(file: FileOrBytes, source: str | None, max_pixels: int) -> tuple[str, bytes]:
    """What errors call a file, and what is in it, if that is not too much for so many pixels."""
    name = source_name(file, source)
    return name, read_bytes(file, source=name, max_bytes=most_bytes(max_pixels))


def holds_dicom(data: bytes) -> bool:
    """Whether a picture's content is that of a DICOM object."""
    return data[128:132] == b"DICM" and not data.startswith((b"\xff\xd8\xff", b"\x89PNG"))


def _read_dicom(data: bytes, name: str, max_pixels: int, min_side: int | None) -> Picture:
    from monai_skin.io.dicom_header import open_dicom  # pydicom takes a while to import
    from monai_skin.io.dicom_jpeg import camera_jpeg
    from monai_skin.io.dicom_pixels import decode_dicom

    file = open_dicom(data, source=name, max_pixels=max_pixels)
    if file.shape.frames > 1:
        expected = "1, or one of them taken by 'monai_skin dicom predict --frame'"
        raise InvalidInputError.about(name, "NumberOfFrames", f"is {file.shape.frames}", expected=expected)
    jpeg = None if min_side is None else camera_jpeg(file)
    if jpeg is not None:
        return read_image(jpeg, source=name, max_pixels=max_pixels, min_side=min_side)
    pixels, notes = decode_dicom(file)
    return Picture(pixels[0], (file.shape.rows, file.shape.columns), tuple(notes))


def write_image(path: str | os.PathLike[str], pixels: npt.NDArray[np.uint8]) -> None:
    """Write ``(3, H, W)`` uint8 RGB as PNG or JPEG, by the suffix, atomically and without any metadata.

    Raises:
        UsageError: another suffix, or pixels of another shape or type.
        StorageError: the disk is full, read-only or refuses us.
    """
    writer = _WRITERS.get(Path(path).suffix.lower())
    if writer is None:
        raise UsageError.about(Path(path).name, "suffix", "is not known", expected=".png, .jpg or .jpeg")
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[0] != 3 or not pixels.size:
        problem = f"are {pixels.dtype} of shape {pixels.shape}"
        raise UsageError.about(Path(path).name, "pixels", problem, expected="uint8 of shape (3, H, W)")
    kind, options = writer
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))).save(stream, kind, **options)
    atomic_write(path, stream.getvalue())
