# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""An outline bent by clicks: each pulls the region that looks like where it was set, up to the next edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.graph import MCP_Geometric

from monai_skin.errors import InvalidInputError

__all__ = ["Clicks", "read_clicks", "refine_mask"]

Point = tuple[float, float]
_LONGEST = 384  # of the grid on which distances are found
_EDGE = 60.0  # how many steps on even skin a step from black to white counts for
_REACH = 0.12  # of the picture's diagonal: how far a click pulls where nothing changes
_PULL = 8.0  # twice what the network may be sure by, on the scale of logits
_DISC = 0.008  # of the diagonal: what of the picture a click itself decides


@dataclass(frozen=True)
class Clicks:
    """What a person pointed at, in pixels of the upright picture, the first column and row being 0.

    Args:
        foreground: points ``(column, row)`` that are lesion.
        background: points that are not.
        box: left, top, right and bottom around the lesion.
    """

    foreground: tuple[Point, ...] = ()
    background: tuple[Point, ...] = ()
    box: tuple[float, float, float, float] | None = None

    def __bool__(self) -> bool:
        return bool(self.foreground or self.background or self.box)


def read_clicks(request: Any, size: tuple[int, int], *, source: str) -> Clicks:
    """Take clicks from a request of MONAI Label, whose points may have a third number, the slice.

    Raises:
        InvalidInputError: something that is no point, or lies outside the picture.
    """
    foreground, background = (
        tuple(_point(point, size, f"{source}: {name}") for point in _sequence(request.get(name), f"{source}: {name}"))
        for name in ("foreground", "background")
    )
    corners = _sequence(request.get("box"), f"{source}: box")
    if not corners:
        return Clicks(foreground, background)
    if len(corners) != 4:
        raise InvalidInputError.about(source, "box", f"has {len(corners)} numbers", expected="left, top, right, bottom")
    left, top = _point(corners[:2], size, f"{source}: box")
    right, bottom = _point(corners[2:], size, f"{source}: box")
    if right <= left or bottom <= top:
        raise InvalidInputError.about(source, "box", "is empty", expected="left before right, top before bottom")
    return Clicks(foreground, background, (left, top, right, bottom))


def refine_mask(
    probability: npt.NDArray[np.float32], pixels: npt.NDArray[np.uint8], clicks: Clicks
) -> npt.NDArray[np.bool_]:
    """Outline anew where the clicks say so.

    The way from a click to a pixel is long where the picture changes on it. A click raises or lowers the logit of the
    probability by what falls off with that way; the nearer of two clicks prevails. Outside of the box nothing is
    lesion. What is kept touches a foreground click, or is the largest part where there is none; holes are filled
    unless a background click lies in them.

    Args:
        probability: ``(H, W)`` in [0, 1], of a network or of an outline drawn so far.
        pixels: ``(3, H, W)`` uint8, the upright picture.
        clicks: in its pixels.

    Returns:
        ``(H, W)`` bool.
    """
    rows, columns = probability.shape
    scale = min(1.0, _LONGEST / max(rows, columns))
    small = (max(1, round(rows * scale)), max(1, round(columns * scale)))
    lightness = _features(pixels, small)
    logit = _logit(np.asarray(cv2.resize(probability, small[::-1], interpolation=cv2.INTER_AREA), np.float32))
    if clicks.box is not None:
        logit = _boxed(logit, _scaled_box(clicks.box, (rows, columns), small))
    logit += _pull(lightness, _scaled(clicks.foreground, probability.shape, small), small)
    logit -= _pull(lightness, _scaled(clicks.background, probability.shape, small), small)
    full = np.asarray(cv2.resize(logit, (columns, rows), interpolation=cv2.INTER_LINEAR))
    mask = np.asarray(full >= 0, np.bool_)
    if clicks.box is not None:
        mask &= _inside(clicks.box, mask.shape)
    _stamp(mask, clicks.foreground, True)
    _stamp(mask, clicks.background, False)
    return _tidied(mask, clicks)


def _features(pixels: npt.NDArray[np.uint8], small: tuple[int, int]) -> npt.NDArray[np.float32]:
    """``(h, w, 3)`` float32 in [0, 1], small and without hair and noise."""
    image = cv2.resize(np.ascontiguousarray(pixels.transpose(1, 2, 0)), small[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.medianBlur(image, 5), np.float32) / np.float32(255)


def _pull(features: npt.NDArray[np.float32], points: Sequence[Point], small: tuple[int, int]) -> Any:
    """How strongly these points pull at each pixel."""
    if not points:
        return np.float32(0)
    around = np.ones((3, 3), np.uint8)
    change = cv2.dilate(features, around) - cv2.erode(features, around)  # closed around a region, unlike differences
    costs = 1 + _EDGE * change.max(axis=-1)
    starts = [(min(round(row), small[0] - 1), min(round(column), small[1] - 1)) for column, row in points]
    distances, _ = MCP_Geometric(costs).find_costs(starts)
    reach = _REACH * float(np.hypot(*small))
    pull = (_PULL * np.exp(-0.5 * (distances / reach) ** 2)).astype(np.float32)
    return cv2.dilate(pull, around)  # the change is as wide on this side of the edge as on the other


def _boxed(logit: npt.NDArray[np.float32], box: tuple[int, int, int, int]) -> npt.NDArray[np.float32]:
    """Nothing outside; inside, where no pixel is thought lesion, the better half of them is."""
    left, top, right, bottom = box
    out = np.full_like(logit, -_PULL)
    inside = logit[top:bottom, left:right]
    if inside.size and inside.max() < 0:
        inside = inside - np.median(inside)
    out[top:bottom, left:right] = inside
    return out


def _tidied(mask: npt.NDArray[np.bool_], clicks: Clicks) -> npt.NDArray[np.bool_]:
    parts, count = ndimage.label(mask, structure=np.ones((3, 3)))
    if count == 0:
        return mask
    wanted = {int(parts[_cell(point, mask.shape)]) for point in clicks.foreground} - {0}
    if not wanted:
        wanted = {1 + int(np.bincount(parts.ravel())[1:].argmax())}
    kept = np.isin(parts, list(wanted))
    holes, _ = ndimage.label(~kept)
    outside = {int(value) for edge in (holes[0], holes[-1], holes[:, 0], holes[:, -1]) for value in edge}
    outside |= {int(holes[_cell(point, mask.shape)]) for point in clicks.background}
    return np.asarray(kept | ~np.isin(holes, [*outside, 0]), np.bool_)


def _stamp(mask: npt.NDArray[np.bool_], points: Sequence[Point], value: bool) -> None:
    radius = max(1.0, _DISC * float(np.hypot(*mask.shape)))
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    for column, row in points:
        mask[(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] = value


def _inside(box: tuple[float, float, float, float], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    left, top, right, bottom = box
    return np.asarray((columns >= left) & (columns <= right) & (rows >= top) & (rows <= bottom), np.bool_)


def _logit(probability: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    clipped = np.clip(probability, 0.02, 0.98)  # a click must be able to overrule a network that is sure
    return np.asarray(np.log(clipped / (1 - clipped)), np.float32)


def _scaled(points: Sequence[Point], shape: tuple[int, ...], small: tuple[int, int]) -> list[Point]:
    down, across = small[0] / shape[0], small[1] / shape[1]
    return [(column * across, row * down) for column, row in points]


def _scaled_box(
    box: tuple[float, float, float, float], shape: tuple[int, ...], small: tuple[int, int]
) -> tuple[int, int, int, int]:
    (left, top), (right, bottom) = _scaled([box[:2], box[2:]], shape, small)
    return int(left), int(top), int(np.ceil(right)) + 1, int(np.ceil(bottom)) + 1


def _cell(point: Point, shape: tuple[int, ...]) -> tuple[int, int]:
    return min(round(point[1]), shape[0] - 1), min(round(point[0]), shape[1] - 1)


def _sequence(value: Any, place: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInputError.about(place, "value", f"is {type(value).__name__}", expected="a list of numbers")
    return value


def _point(value: Any, size: tuple[int, int], place: str) -> Point:
    numbers = isinstance(value, list) and all(isinstance(part, int | float) for part in value)
    if not numbers or not 2 <= len(value) <= 3:
        raise InvalidInputError.about(place, "point", "is none", expected="[column, row]")
    column, row = float(value[0]), float(value[1])
    if not (0 <= column <= size[1] - 1 and 0 <= row <= size[0] - 1):
        expected = f"a point of the picture, {size[1]} columns and {size[0]} rows"
        raise InvalidInputError.about(place, "point", f"is {column:g}, {row:g}", expected=expected)
    return column, row
