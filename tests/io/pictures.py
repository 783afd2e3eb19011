# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures with a known answer, for the tests of this folder: asymmetric, smooth, and encoded in many ways."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tests.strategies import encoded

ROWS, COLUMNS = 90, 140


def scene(rows: int = ROWS, columns: int = COLUMNS) -> Image.Image:
    """Smooth enough for JPEG, textured enough that no two blocks are alike, and different in every corner."""
    y, x = np.mgrid[0:rows, 0:columns].astype(float)
    waves = np.stack([np.sin(x / 9 + channel) * np.cos(y / 7 - channel) for channel in range(3)], axis=-1)
    ramp = np.stack([x / columns, y / rows, 1 - x / columns], axis=-1)
    return Image.fromarray((90 + 70 * ramp + 40 * waves).astype(np.uint8))


def pixels_of(image: Image.Image) -> np.ndarray:
    """``(3, H, W)``, as the reader gives them."""
    return np.asarray(image.convert("RGB")).transpose(2, 0, 1)


def jpeg(image: Image.Image | None = None, **options: object) -> bytes:
    return encoded(image or scene(), "JPEG", **{"quality": 90, **options})


JPEGS = {
    "colour halved both ways": jpeg(),
    "colour in full": jpeg(subsampling=0),
    "one channel": jpeg(scene().convert("L")),
    "progressive": jpeg(progressive=True),
    "progressive, one channel": jpeg(scene().convert("L"), progressive=True),
    "restart every row": jpeg(restart_marker_rows=1),
    "restart every 3 units": jpeg(restart_marker_blocks=3),
    "progressive with restarts": jpeg(progressive=True, restart_marker_blocks=5),
}

LOSSLESS_FILES = {
    "PNG": encoded(scene(), "PNG"),
    "BMP": encoded(scene(), "BMP"),
    "BMP of 8 bits": encoded(scene().convert("P"), "BMP"),
    "TIFF": encoded(scene(), "TIFF"),
    "TIFF, deflate": encoded(scene(), "TIFF", compression="tiff_deflate"),
    "TIFF, LZW": encoded(scene(), "TIFF", compression="tiff_lzw"),
    "TIFF, PackBits": encoded(scene(), "TIFF", compression="packbits"),
    "TIFF, JPEG": encoded(scene(), "TIFF", compression="jpeg"),
}
