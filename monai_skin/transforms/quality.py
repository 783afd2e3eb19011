# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What else is in the picture: the microscope's rim, a ruler, hair. Flags to show, never a reason to drop an image."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import torch

from monai_skin.transforms.checks import check_image, plain, source_of
from monai_skin.transforms.find_hair import REFERENCE_WIDTH, Bytes, as_bytes, cross, mark_hair, working_copy

__all__ = ["QualityFlags", "quality_flags"]

DARK = 50
VIGNETTE_SHARE, HAIR_SHARE = 0.02, 0.02
HAIR_THRESHOLD = 10.0
TICK_CONTRAST, TICKS, TICK_LENGTH, TICK_WIDTH = 12, 7, (6, 70), 8
Centres = npt.NDArray[np.float64]


class QualityFlags(NamedTuple):
    """What was seen besides the lesion.

    Args:
        vignette: dark corners cover more than 2 % of the frame, and at least two of the four.
        ruler: seven or more short parallel marks stand in one row at even distances.
        hair: hair covers more than 2 % of the frame.
        vignette_share: part of the frame that dark corners cover, in [0, 1].
        hair_share: part of the frame that hair covers, in [0, 1].
    """

    vignette: bool
    ruler: bool
    hair: bool
    vignette_share: float
    hair_share: float


def dark_corners(pixels: Bytes) -> tuple[int, float]:
    """How many corners are dark, and the share of the frame that the darkness reaching from them covers."""
    dark = (cv2.GaussianBlur(pixels.max(axis=2), (0, 0), 2.0) < DARK).view(np.uint8)
    _, labels = cv2.connectedComponents(dark, connectivity=4)
    inset = min(dark.shape) // 60  # many scanned images have a light line around the frame
    corners = labels[[inset, inset, -1 - inset, -1 - inset], [inset, -1 - inset, inset, -1 - inset]]
    reached = np.isin(labels, corners[corners > 0])
    return int((corners > 0).sum()), float(reached.mean())


def ticks(pixels: Bytes, operator: int) -> tuple[Centres, Centres]:
    """Centres ``(N, 2)`` as (column, row) and directions in degrees ``(N,)`` of short thin straight marks."""
    scale = pixels.shape[1] / REFERENCE_WIDTH
    marks = cv2.morphologyEx(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), operator, cross(pixels.shape[1]))
    outlines, _ = cv2.findContours((marks > TICK_CONTRAST).view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    centres, directions = [], []
    for outline in outlines:
        centre, sides, angle = cv2.minAreaRect(outline)
        length, width = max(sides) + 1, min(sides) + 1
        if TICK_LENGTH[0] * scale <= length <= TICK_LENGTH[1] * scale and width < min(TICK_WIDTH * scale, length / 2.5):
            centres.append(centre)
            directions.append((angle + (0 if sides[0] >= sides[1] else 90)) % 180)
    return np.array(centres, float).reshape(-1, 2), np.array(directions, float)


def evenly_spaced(positions: Centres) -> bool:
    """Whether at least :data:`TICKS` sorted positions follow one another at nearly one distance."""
    gaps = np.diff(np.sort(positions))
    gaps = gaps[gaps > 1]
    if len(gaps) < TICKS - 1:
        return False
    near = np.abs(gaps - np.median(gaps)) < 0.15 * np.median(gaps) + 1
    longest = max(len(run) for run in "".join("x" if one else " " for one in near).split(" "))
    return longest >= TICKS - 1


def has_row(centres: Centres, directions: Centres) -> bool:
    """Whether parallel marks stand side by side in one straight row at even distances."""
    for direction in np.unique(directions.round(-1)):
        away = (directions - direction + 90) % 180 - 90
        turned = np.abs(away) < 12
        if turned.sum() < TICKS:
            continue
        angle = np.deg2rad(direction + np.median(away[turned]))
        along = centres[turned] @ [np.cos(angle), np.sin(angle)]
        across = centres[turned] @ [-np.sin(angle), np.cos(angle)]
        for level in np.unique(along.round(-1)):
            row = np.abs(along - level) < 9
            if row.sum() >= TICKS and evenly_spaced(across[row]):
                return True
    return False


def quality_flags(image: torch.Tensor) -> QualityFlags:
    """Look for dark corners, ruler marks and hair.

    Args:
        image: ``(3, H, W)`` RGB, uint8 or float in [0, 1].

    Raises:
        InvalidInputError: the image is not ``(3, H, W)`` of bytes or of finite numbers in [0, 1].
    """
    check_image(plain(image), source_of(image))
    pixels = working_copy(as_bytes(plain(image)))
    corners, vignette_share = dark_corners(pixels)
    hair_share = float(mark_hair(pixels, HAIR_THRESHOLD).mean())
    ruler = any(has_row(*ticks(pixels, operator)) for operator in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT))
    vignette = corners >= 2 and vignette_share > VIGNETTE_SHARE
    return QualityFlags(vignette, ruler, hair_share > HAIR_SHARE, vignette_share, hair_share)
