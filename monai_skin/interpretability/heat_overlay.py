# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw a heat map over the picture it explains."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.interpretability.overlays import draw_lesion_outline

__all__ = ["draw_heat_map"]

_OPACITY = 0.4


def draw_heat_map(
    image: npt.NDArray[np.uint8],
    heat: npt.NDArray[np.floating],
    *,
    lesion: npt.NDArray[np.bool_] | npt.NDArray[np.uint8] | None = None,
    opacity: float = _OPACITY,
    source: str = "picture",
) -> npt.NDArray[np.uint8]:
    """Lay a map over a picture in the colours of viridis, dark blue for 0 to yellow for 1.

    Viridis rises evenly in lightness, also for the colour blind; the rainbow that is often used shows borders where the
    map has none.

    Args:
        image: ``(3, H, W)`` uint8 RGB; it is not modified.
        heat: ``(H, W)`` in [0, 1], see :func:`stretch_heat`.
        lesion: ``(H, W)``, non-zero inside; its outline is drawn on top.
        opacity: of the map, 0 to 1.
        source: what to call the picture in an error.

    Returns:
        ``(3, H, W)`` uint8.

    Raises:
        InvalidInputError: ``image`` is not ``(3, H, W)`` uint8, or ``heat`` leaves [0, 1].
        IntegrityError: picture and map, or picture and lesion, differ in size.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[0] != 3:
        found = f"is {image.dtype} of shape {tuple(image.shape)}"
        raise InvalidInputError.about(source, "image", found, expected="uint8 of shape (3, H, W)")
    if heat.shape != image.shape[1:]:
        found = f"has the shape {tuple(heat.shape)} on a picture of {tuple(image.shape[1:])}"
        raise IntegrityError.about(source, "heat", found, expected="equal rows and columns")
    if not ((heat >= 0) & (heat <= 1)).all():
        raise InvalidInputError.about(source, "heat", "leaves [0, 1] or is NaN", expected="0 to 1 everywhere")
    levels = np.rint(255 * heat).astype(np.uint8)
    colours = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[..., ::-1].transpose(2, 0, 1)  # BGR to RGB
    mixed = (1 - opacity) * image.astype(np.float32) + opacity * colours
    drawn = np.rint(mixed).astype(np.uint8)
    return drawn if lesion is None else draw_lesion_outline(drawn, lesion, source=source)
