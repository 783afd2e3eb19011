# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Any bytes give a picture or a typed error. `python -m tests.fuzz.images -max_total_time=60` searches for others.

The search is guided by coverage (atheris, which is not a dependency of the tests); the tests replay a corpus through
the same function. It starts from small files of every kind that is read; further arguments are folders of more.
"""

from __future__ import annotations

import zlib

import numpy as np
from PIL import Image

from monai_skin.errors import InvalidInputError
from monai_skin.io import image_size, read_image, read_mask
from tests.fuzz.search import require, search
from tests.strategies import encoded

MAX_PIXELS = 1_000_000  # keeps one search step short; the limit itself is tested elsewhere


def one_picture(data: bytes) -> None:
    """The harness: every door that opens picture files, and the promises that hold for whatever comes through."""
    for door in (_image, _mask):
        try:
            door(data)
        except InvalidInputError as error:
            _check_error(error)


def _image(data: bytes) -> None:
    picture = read_image(data, source="fuzz", max_pixels=MAX_PIXELS)
    rows, columns = picture.pixels.shape[1:]
    require(picture.pixels.dtype == np.uint8 and picture.pixels.shape[0] == 3 and rows > 0 and columns > 0)
    require(picture.full_size == (rows, columns) == image_size(data, max_pixels=MAX_PIXELS))
    small = read_image(data, source="fuzz", max_pixels=MAX_PIXELS, min_side=8)
    require(small.full_size == picture.full_size)
    require(min(small.pixels.shape[1:]) >= min(8, rows, columns))


def _mask(data: bytes) -> None:
    mask = read_mask(data, source="fuzz", max_pixels=MAX_PIXELS)
    require(mask.dtype == np.bool_ and mask.shape == image_size(data, max_pixels=MAX_PIXELS))


def _check_error(error: InvalidInputError) -> None:
    require(str(error).startswith(("fuzz: ", "bytes in memory: ")) and "; expected " in str(error))


def with_right_checksums(data: bytes) -> bytes:
    """A changed PNG with the checksums of its chunks put right: otherwise no change gets past the first one."""
    place, out = 8, bytearray(data)
    while data.startswith(b"\x89PNG\r\n\x1a\n") and place + 12 <= len(data):
        stop = place + 8 + int.from_bytes(data[place : place + 4])
        if stop + 4 > len(data):
            break
        out[stop : stop + 4] = zlib.crc32(data[place + 4 : stop]).to_bytes(4)
        place = stop + 4
    return bytes(out)


def seeds() -> dict[str, bytes]:
    """One small file of each kind, mode and coding that is read or refused by its mode."""
    grey = Image.fromarray(np.arange(0, 192, dtype=np.uint8).reshape(12, 16))
    colour = Image.merge(
        "RGB", (grey, grey.transpose(Image.Transpose.ROTATE_180), grey.point(lambda value: 255 - value))
    )
    exif = Image.Exif()
    exif[274] = 6
    files = {
        f"{mode}.png": encoded(colour.convert(mode), "PNG") for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "I;16")
    }
    files |= {f"{mode}.bmp": encoded(colour.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB")}
    for compression in ("raw", "tiff_deflate", "tiff_lzw", "packbits", "jpeg"):
        files[f"{compression}.tif"] = encoded(colour, "TIFF", compression=compression)
    files |= {
        "group4.tif": encoded(colour.convert("1"), "TIFF", compression="group4"),
        "pages.tif": encoded(colour, "TIFF", save_all=True, append_images=[colour]),
        "alpha.tif": encoded(colour.convert("RGBA"), "TIFF"),
        "plain.jpg": encoded(colour, "JPEG", exif=exif),
        "grey.jpg": encoded(grey, "JPEG"),
        "progressive.jpg": encoded(colour, "JPEG", progressive=True, restart_marker_blocks=2),
        "cmyk.jpg": encoded(colour.convert("CMYK"), "JPEG"),
        "mask.png": encoded(grey.point(lambda value: 255 * (80 < value < 90)), "PNG"),
        "transparent.png": encoded(colour.convert("P"), "PNG", transparency=3),
        "animated.png": encoded(colour, "PNG", save_all=True, append_images=[grey.convert("RGB")]),
    }
    return files


def main() -> None:
    search("images", seeds(), lambda data: one_picture(with_right_checksums(data)), ("monai_skin.io.", "PIL."))


if __name__ == "__main__":
    main()
