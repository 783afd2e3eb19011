# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""SAM as what clicks start from: the outline it sees in a box."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from monai_skin.concepts import ModelSource, Sam2Segmenter, SamSegmenter
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_json
from monai_skin.label.refine import Clicks

__all__ = ["SamOutliner", "box_around"]

_KINDS = {"sam": ("sam", SamSegmenter), "sam2": ("sam2", Sam2Segmenter), "sam2_video": ("sam2", Sam2Segmenter)}


class SamOutliner:
    """SAM or SAM 2, whichever is in a folder as ``transformers`` saves it.

    Args:
        folder: with ``config.json`` and ``model.safetensors``.
        device: where it computes.

    Raises:
        UsageError: a file is missing.
        InvalidInputError: the model is another, or damaged.
    """

    def __init__(self, folder: str | os.PathLike[str], *, device: str = "cpu") -> None:
        place = Path(folder)
        config = read_json(place / "config.json")
        found = config.get("model_type") if isinstance(config, dict) else None
        if found not in _KINDS:
            raise InvalidInputError.about(place.name, "model_type", f"is {found!r}", expected="sam or sam2")
        kind, segmenter = _KINDS[found]
        self.segmenter = segmenter(ModelSource(kind, place.name, folder=str(place)), device=device)

    def probability(
        self, pixels: npt.NDArray[np.uint8], box: tuple[float, float, float, float]
    ) -> npt.NDArray[np.float32]:
        """0.9 where SAM sees the content of the box, 0.1 elsewhere, so that a click may still overrule it.

        Args:
            pixels: ``(3, H, W)`` uint8, the upright picture.
            box: left, top, right and bottom in its pixels.
        """
        encoded = self.segmenter.encode(pixels, (pixels.shape[1], pixels.shape[2]))
        segment = next(iter(self.segmenter.segment(encoded, np.array([box], np.float32))))
        return np.where(segment.mask, np.float32(0.9), np.float32(0.1))


def box_around(mask: npt.NDArray[np.bool_], clicks: Clicks) -> tuple[float, float, float, float]:
    """The box that was drawn, or one around an outline and what was clicked as lesion, or the whole picture."""
    if clicks.box is not None:
        return clicks.box
    rows, columns = (indices.astype(float).tolist() for indices in np.nonzero(mask))
    across = [*columns, *(column for column, _ in clicks.foreground)]
    down = [*rows, *(row for _, row in clicks.foreground)]
    if not across or min(across) == max(across) or min(down) == max(down):
        return 0.0, 0.0, float(mask.shape[1] - 1), float(mask.shape[0] - 1)
    return min(across), min(down), max(across), max(down)
