# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Lesion masks: two values in, bool out; anything that is not clearly a mask is refused with what was found."""

from __future__ import annotations

import io
import os

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io.atomic import atomic_write
from monai_skin.io.decoding import MAX_PIXELS, OpenedPicture, open_picture
from monai_skin.io.files import FileOrBytes, source_name
from monai_skin.io.orientation import orientation_of, upright

__all__ = ["read_mask", "write_mask"]

Mask = npt.NDArray[np.bool_]
_BINARY = ({0}, {1}, {255}, {0, 1}, {0, 255})
_SMALL_HOLE = 0.002  # of the picture: annotators leave specks
_EXPECTED = "only 0 and 255, or only 0 and 1"


def read_mask(file: FileOrBytes, *, source: str | None = None, max_pixels: int = MAX_PIXELS) -> Mask:
    """Read a lesion mask as ``(H, W)`` bool; True is lesion. A mask may be empty.

    Palette masks are read by their palette, never by their indices: some published masks have them inverted.

    Raises:
        InvalidInputError: not a picture, not grey, more than two values (as after JPEG), or inverted.
    """
    opened = open_picture(file, source=source, max_pixels=max_pixels)
    orientation, _ = orientation_of(opened)
    opened.load()
    with opened.decoding():
        mask = _binary(np.asarray(upright(_grey(opened), orientation)), opened.source)
    if _is_inverted(mask):
        problem = "is inverted: its border is lesion and its inside is not"
        raise InvalidInputError.about(opened.source, "mask", problem, expected="lesion as 255 or 1, skin as 0")
    return mask


def _grey(opened: OpenedPicture) -> Image.Image:
    image = opened.image
    if image.mode in ("1", "L") and "transparency" not in image.info:
        return image
    if image.mode not in ("P", "RGB", "RGBA", "LA", "PA", "1", "L"):
        raise InvalidInputError.about(opened.source, "mask", f"has mode {image.mode}", expected="one channel of 8 bits")
    rgba = image.convert("RGBA")
    red, green, blue, alpha = rgba.split()
    if alpha.getextrema() != (255, 255):
        raise InvalidInputError.about(opened.source, "mask", "has transparent pixels", expected="an opaque mask")
    if red.tobytes() != green.tobytes() or red.tobytes() != blue.tobytes():
        raise InvalidInputError.about(opened.source, "mask", "has colours", expected=_EXPECTED)
    return red


def _binary(values: npt.NDArray[np.uint8] | Mask, source: str) -> Mask:
    if values.dtype == np.bool_:
        # Pillow stores True of a 1-bit picture as 255, which shows as soon as the bytes are read as numbers
        return np.not_equal(values.view(np.uint8), 0)
    found = np.flatnonzero(np.bincount(values.reshape(-1), minlength=256)).tolist()
    if set(found) not in _BINARY:
        shown = ", ".join(map(str, found[:5])) + (", ..." if len(found) > 5 else "")
        raise InvalidInputError.about(source, "mask", f"has {len(found)} values ({shown})", expected=_EXPECTED)
    return np.not_equal(values, 0)


def _is_inverted(mask: Mask) -> bool:
    """Whether the frame is lesion all round, and skin is only inside: a lesion never looks so."""
    if not (mask[0, 0] and mask[0, -1] and mask[-1, 0] and mask[-1, -1]):
        return False
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    if border.mean() <= 0.9:
        return False
    rows, columns = mask.shape
    centre = mask[rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4]
    return bool(centre.mean() < 0.5) or _enclosed_skin(mask) > max(_SMALL_HOLE, 0.5 * (1 - mask.mean()))


def _enclosed_skin(mask: Mask) -> float:
    """The fraction of the picture that is skin and from where no skin leads to the border."""
    filled: Mask = ndimage.binary_fill_holes(mask)
    return float(filled.mean() - mask.mean())


def write_mask(path: str | os.PathLike[str], mask: Mask) -> None:
    """Write ``(H, W)`` bool as an 8-bit grey PNG of 0 and 255, atomically.

    Raises:
        UsageError: not two-dimensional, or not bool.
        StorageError: the disk is full, read-only or refuses us.
    """
    if mask.ndim != 2 or mask.dtype != np.bool_ or not mask.size:
        problem = f"is {mask.dtype} of shape {mask.shape}"
        raise UsageError.about(source_name(os.fspath(path)), "mask", problem, expected="bool of shape (H, W)")
    stream = io.BytesIO()
    Image.fromarray(np.where(mask, np.uint8(255), np.uint8(0))).save(stream, "PNG")
    atomic_write(path, stream.getvalue())
