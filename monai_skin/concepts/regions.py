# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts of a picture found without a network: the lesion by its colour, superpixels, and boxes on a grid."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.segmentation import slic

__all__ = ["REGION_PHRASES", "Region", "find_regions", "otsu_lesion"]

Mask = npt.NDArray[np.bool_]
REGION_PHRASES = ("lesion", "superpixel", "box")

_SUPERPIXELS = 16
_COMPACTNESS = 10.0  # of SLIC in Lab: smaller follows colours, larger makes squares
_STEPS = (3, 4)  # the picture's sides in so many parts; a box is two parts wide and moves by one
_CENTRED = 3.0  # how fast a lesion's weight falls towards the picture's borders
_FRAME = 0.02  # of the shorter side: what a photograph's border shows is left out of the lesion
_MOST = 1 - 1e-3  # a score below 1 for all but the lesion


class Region(NamedTuple):
    """A part of a picture.

    Args:
        mask: ``(H, W)`` bool, not empty.
        phrase: of :data:`REGION_PHRASES`.
        score: how much its colour differs from the picture's usual one, in [0, 1); 1 for the lesion.
    """

    mask: Mask
    phrase: str
    score: float


def otsu_lesion(image: npt.NDArray[np.uint8]) -> Mask:
    """The largest connected dark or red part of a picture, by Otsu's threshold; empty in a picture of one colour.

    Otsu, "A threshold selection method from gray-level histograms", 1979, https://doi.org/10.1109/TSMC.1979.4310076.
    The threshold is taken of how far each pixel is from the brightest usual skin, in Lab, smoothed.

    Args:
        image: ``(3, H, W)`` uint8 RGB.

    Returns:
        ``(H, W)`` bool, one component without holes.
    """
    lab = _lab(image)
    difference = _contrast(lab)
    rows, columns = difference.shape
    frame = max(1, round(_FRAME * min(rows, columns)))
    inside = difference[frame:-frame, frame:-frame]
    if inside.size == 0 or np.ptp(inside) < 1:
        return np.zeros((rows, columns), np.bool_)
    found = difference > float(threshold_otsu(inside))  # type: ignore[no-untyped-call]
    found[:frame] = found[-frame:] = found[:, :frame] = found[:, -frame:] = False
    found = ndimage.binary_opening(found, iterations=2)
    labels, count = ndimage.label(found)
    if not count:
        return np.zeros((rows, columns), np.bool_)
    # size counts, and so does the middle: a photograph is taken of its lesion, and shadows lie at its borders
    down, across = (np.linspace(-1, 1, length) for length in (rows, columns))
    nearness = np.exp(-_CENTRED * (down[:, None] ** 2 + across[None] ** 2))
    weights = ndimage.sum_labels(nearness, labels, np.arange(1, count + 1))
    return np.asarray(ndimage.binary_fill_holes(labels == 1 + int(np.argmax(weights))), np.bool_)


def find_regions(image: npt.NDArray[np.uint8], lesion: Mask | None = None) -> list[Region]:
    """The lesion, superpixels, and boxes of two sizes.

    Achanta et al., "SLIC Superpixels Compared to State-of-the-Art Superpixel Methods", TPAMI 2012,
    https://doi.org/10.1109/TPAMI.2012.120. The same picture gives the same regions.

    Args:
        image: ``(3, H, W)`` uint8 RGB, small: SLIC takes a second for a million pixels.
        lesion: ``(H, W)`` bool; :func:`otsu_lesion` by default.

    Returns:
        None of them is empty; without the lesion if no part stands out.
    """
    contrast = np.clip(_contrast(_lab(image)) / 100, 0, _MOST)
    lesion = otsu_lesion(image) if lesion is None else lesion
    regions = [Region(lesion, "lesion", 1.0)] if lesion.any() else []
    pixels = np.ascontiguousarray(image.transpose(1, 2, 0))
    labels = slic(pixels, n_segments=_SUPERPIXELS, compactness=_COMPACTNESS, start_label=1, channel_axis=-1)
    masks = [(labels == label, "superpixel") for label in range(1, int(labels.max()) + 1)]
    masks += [(mask, "box") for mask in _boxes(labels.shape)]
    return regions + [Region(mask, phrase, float(contrast[mask].mean())) for mask, phrase in masks if mask.any()]


def _boxes(size: tuple[int, int]) -> list[Mask]:
    found = []
    for parts in _STEPS:
        down, across = (np.linspace(0, length, parts + 1).round().astype(int) for length in size)
        for top, bottom in zip(down[:-2], down[2:]):
            for left, right in zip(across[:-2], across[2:]):
                mask = np.zeros(size, np.bool_)
                mask[top:bottom, left:right] = True
                found.append(mask)
    return found


def _lab(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """``(H, W, 3)``: lightness 0 to 100, and two colours."""
    pixels = np.ascontiguousarray(image.transpose(1, 2, 0)).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), np.float32)


def _contrast(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """How far each pixel, smoothed, is from the picture's usual colour, in units of Lab."""
    smooth = np.stack([ndimage.gaussian_filter(lab[..., channel], 2) for channel in range(3)], -1)
    usual = np.median(smooth.reshape(-1, 3), axis=0)
    return np.asarray(np.linalg.norm(smooth - usual, axis=-1), np.float32)
