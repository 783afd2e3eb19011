# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies that several test files share."""

from __future__ import annotations

import io

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import strategies as st
from PIL import Image

LOSSLESS = ("PNG", "BMP", "TIFF")
MODES = ("1", "L", "P", "RGB", "RGBA", "LA")


def sizes(smallest: int = 1, largest: int = 24) -> st.SearchStrategy[tuple[int, int]]:
    """Rows and columns."""
    return st.tuples(st.integers(smallest, largest), st.integers(smallest, largest))


@st.composite
def pixel_arrays(draw: st.DrawFn, channels: int = 3, largest: int = 24) -> np.ndarray:
    """``(C, H, W)`` uint8, among them constant and black ones."""
    return draw(hnp.arrays(np.uint8, (channels, *draw(sizes(largest=largest)))))


@st.composite
def lesion_masks(draw: st.DrawFn, largest: int = 24) -> np.ndarray:
    """``(H, W)`` bool with skin in at least one corner, as every photographed lesion leaves it; perhaps empty."""
    mask = draw(hnp.arrays(np.bool_, draw(sizes(largest=largest))))
    mask[draw(st.sampled_from([0, -1])), draw(st.sampled_from([0, -1]))] = False
    return mask


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a picture file."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@st.composite
def pictures(draw: st.DrawFn) -> Image.Image:
    """A Pillow picture of any mode that is read."""
    rgba = np.ascontiguousarray(draw(pixel_arrays(channels=4)).transpose(1, 2, 0))
    return Image.fromarray(rgba).convert(draw(st.sampled_from(MODES)))
