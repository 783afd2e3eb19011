# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the hostile files are, and what is known of some of them."""

from __future__ import annotations

import os
from pathlib import Path

from tests.conftest import ROOT

CORPUS = Path(os.environ.get("MONAI_SKIN_TEST_DATA") or ROOT.parent / "shared" / "data") / "hostile"

UNREADABLE = {
    "constructed/animated3.gif": "is a GIF picture",
    "constructed/bomb_png_20000x20000_1bit.png": "has 20,000 x 20,000 pixels; expected at most 100,000,000",
    "constructed/bomb_png_header_only_100000x100000.png": "has 100,000 x 100,000 pixels",
    "constructed/cmyk_adobe.jpg": "has mode CMYK",
    "constructed/empty.jpg": "is empty",
    "constructed/gray16.png": r"has 16 bits per sample \(mode I;16\)",
    "constructed/multipage3.tif": r"has 3 pages \(mode RGB\)",
    "constructed/text_named.jpg": "is not a picture of a known kind",
    "constructed/truncated_10pct.jpg": "is cut off after 3,128 bytes",
    "constructed/truncated_50pct.jpg": "is cut off after 15,640 bytes",
    "constructed/truncated_90pct.jpg": "is cut off after 28,152 bytes",
    "pillow/hopper.avif": "is an AVIF picture",
    "pillow/hopper.webp": "is a WebP picture",
    "pillow/pil_sample_cmyk.jpg": "has mode CMYK",
    "pillow/tiff_16bit_RGB.tiff": "has 16 bits per sample",
    "pillow/total-pages-zero.tif": "has 3 pages",
    "pillow/truncated_image.png": "is cut off",
    "pillow/truncated_jpeg.jpg": "is cut off",
    "pngsuite_corrupt/xcsn0g01.png": "is damaged",
    "pngsuite_modes/basn2c16.png": r"has 16 bits per sample \(mode RGB\)",
    "pngsuite_modes/basn4a16.png": r"has 16 bits per sample \(mode RGBA\)",
}


def cases() -> list[Path]:
    """Every file of the corpus; none where the real test data are absent."""
    return sorted(file for file in CORPUS.rglob("*") if file.is_file())
