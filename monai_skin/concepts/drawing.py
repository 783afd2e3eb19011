# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The concepts of a picture drawn onto it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from monai_skin.concepts.concept_set import ConceptSet
from monai_skin.errors import IntegrityError

__all__ = ["draw_concepts"]

# told apart by the colour blind too: Okabe and Ito, "Color Universal Design", https://jfly.uni-koeln.de/color/
_COLOURS = ((0, 158, 115), (213, 94, 0), (86, 180, 233), (240, 228, 66), (204, 121, 167), (0, 114, 178), (230, 159, 0))
_LONGEST = 1600
_FILL = 0.15


def draw_concepts(
    image: npt.NDArray[np.uint8], concepts: ConceptSet, which: Sequence[int] | None = None
) -> npt.NDArray[np.uint8]:
    """Draw boxes and masks with their number, from 1, and phrase; a colour a phrase.

    A phrase outside ASCII shows its number only: the letters of this drawing have no others.

    Args:
        image: ``(3, H, W)`` uint8 RGB; it is not modified.
        concepts: of this picture.
        which: indices of concepts; all by default.

    Returns:
        ``(3, h, w)`` uint8, the longer side at most 1600.

    Raises:
        IntegrityError: the concepts are of a picture of another size.
    """
    if image.shape[1:] != concepts.size:
        problem = f"are of {concepts.size[0]} x {concepts.size[1]} pixels"
        raise IntegrityError.about("picture", "concepts", problem, expected=f"{image.shape[1]} x {image.shape[2]}")
    scale = min(1.0, _LONGEST / max(concepts.size))
    size = (max(1, round(concepts.size[1] * scale)), max(1, round(concepts.size[0] * scale)))
    pixels = np.ascontiguousarray(image.transpose(1, 2, 0))
    canvas = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    line = max(1, round(max(size) / 500))
    order = range(len(concepts)) if which is None else which
    for index in reversed(list(order)):  # the first one on top
        colour = _COLOURS[int(concepts.phrase_ids[index]) % len(_COLOURS)]
        mask = cv2.resize(concepts.mask(index).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        borders, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        if int(concepts.phrase_ids[index]) == 0:  # the lesion; filling all would hide the picture
            chosen = mask.astype(bool)
            canvas[chosen] = ((1 - _FILL) * canvas[chosen] + _FILL * np.array(colour)).astype(np.uint8)
        cv2.drawContours(canvas, borders, -1, colour, line, cv2.LINE_AA)
        left, top, right, bottom = (round(float(side) * scale) for side in concepts.boxes[index])
        cv2.rectangle(canvas, (left, top), (right - 1, bottom - 1), colour, line)
        _write(canvas, _label(concepts, index), (left, top), colour, line)
    return canvas.transpose(2, 0, 1)


def _label(concepts: ConceptSet, index: int) -> str:
    phrase = concepts.phrase(index)
    return f"{index + 1} {phrase}" if phrase.isascii() else str(index + 1)


def _write(
    canvas: npt.NDArray[np.uint8], text: str, place: tuple[int, int], colour: tuple[int, ...], line: int
) -> None:
    size = max(canvas.shape[:2]) / 1600
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, line)
    left = min(max(place[0], 0), max(0, canvas.shape[1] - width))
    top = min(max(place[1], 0), max(0, canvas.shape[0] - height - 2 * line))
    cv2.rectangle(canvas, (left, top), (left + width, top + height + 3 * line), (16, 16, 16), -1)
    cv2.putText(canvas, text, (left, top + height + line), cv2.FONT_HERSHEY_SIMPLEX, size, colour, line, cv2.LINE_AA)
