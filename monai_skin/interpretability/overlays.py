# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw what a model found onto the picture a person knows."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from monai_skin.errors import IntegrityError, InvalidInputError

__all__ = ["draw_lesion_outline", "shrink_mask", "shrink_picture"]

LINE_COLOUR = (
    0,
    229,
    255,
)  # cyan: neither skin nor pigment nor blood has it, and it keeps its contrast for the colour blind
HALO_COLOUR = (16, 16, 16)  # on very light or wet skin the dark rim carries the contrast instead
PIXELS_PER_LINE_WIDTH = 400  # the line stays equally thin to the eye whatever size the picture has


def draw_lesion_outline(
    image: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_] | npt.NDArray[np.uint8], *, source: str = "picture"
) -> npt.NDArray[np.uint8]:
    """Draw the border of a lesion as a thin bright line with a dark rim; the lesion itself stays untouched.

    Args:
        image: ``(3, H, W)`` uint8 RGB; it is not modified.
        mask: ``(H, W)``, non-zero inside the lesion. Every component and every hole gets its line.
        source: what to call the picture in an error.

    Returns:
        ``(3, H, W)`` uint8; equal to ``image`` where the mask is empty.

    Raises:
        InvalidInputError: ``image`` is not ``(3, H, W)`` uint8.
        IntegrityError: picture and mask differ in size.
    """
    _check_picture(image, source)
    if mask.shape != image.shape[1:]:
        found = f"has the shape {tuple(mask.shape)} on a picture of {tuple(image.shape[1:])}"
        raise IntegrityError.about(source, "mask", found, expected="equal rows and columns")
    canvas = np.ascontiguousarray(image.transpose(1, 2, 0)).copy()
    borders, _ = cv2.findContours((mask > 0).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    line = max(1, round(max(mask.shape) / PIXELS_PER_LINE_WIDTH))
    rim = line + 2 * max(1, line // 2)
    cv2.drawContours(canvas, borders, -1, HALO_COLOUR, rim, cv2.LINE_AA)
    cv2.drawContours(canvas, borders, -1, LINE_COLOUR, line, cv2.LINE_AA)
    return canvas.transpose(2, 0, 1)


def shrink_picture(image: npt.NDArray[np.uint8], longest_side: int) -> npt.NDArray[np.uint8]:
    """Average a picture down until its longer side is ``longest_side``; a smaller one comes back as it is.

    Args:
        image: ``(3, H, W)`` uint8 RGB.
        longest_side: pixels, positive.

    Returns:
        ``(3, h, w)`` uint8 with the same proportions to the nearest pixel.
    """
    _check_picture(image, "picture")
    rows, columns = _shrunken_size(image.shape[1], image.shape[2], longest_side)
    if (rows, columns) == image.shape[1:]:
        return image
    small = cv2.resize(np.ascontiguousarray(image.transpose(1, 2, 0)), (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8).transpose(2, 0, 1)


def shrink_mask(mask: npt.NDArray[np.bool_], size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Resize a mask to the rows and columns of a shown picture, keeping it a mask.

    Args:
        mask: ``(H, W)`` bool.
        size: rows, columns.

    Returns:
        ``size`` bool: true where at least half of the covered area was.
    """
    if mask.shape == size:
        return mask
    shares = cv2.resize(mask.astype(np.float32), (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(shares >= 0.5)


def _shrunken_size(rows: int, columns: int, longest_side: int) -> tuple[int, int]:
    scale = min(1.0, longest_side / max(rows, columns))
    return max(1, round(rows * scale)), max(1, round(columns * scale))


def _check_picture(image: npt.NDArray[np.uint8], source: str) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[0] != 3:
        found = f"is {image.dtype} of shape {tuple(image.shape)}"
        raise InvalidInputError.about(source, "image", found, expected="uint8 of shape (3, H, W)")
