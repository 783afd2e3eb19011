# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What every transform asks of its input, in one place, and how an output gets its input's metadata."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.data import MetaTensor, get_track_meta

from monai_skin.errors import InvalidInputError

MIN_SIDE = 16
"""Shortest image side in pixels: below it no network of this package has anything to look at."""

RANGE_TOLERANCE = 1e-3
"""How far interpolation may carry a float image beyond [0, 1]."""


def source_of(image: object, default: str = "image") -> str:
    """The file name in an image's metadata, without its folder, for use in messages."""
    name = image.meta.get("filename_or_obj") if isinstance(image, MetaTensor) else None
    return PurePath(name).name if isinstance(name, str) and name else default


def plain(image: torch.Tensor | npt.NDArray[Any]) -> torch.Tensor:
    """The tensor without metadata: arithmetic on a ``MetaTensor`` pays for its bookkeeping at every step."""
    if isinstance(image, MetaTensor):
        return image.as_tensor()
    return torch.from_numpy(image) if isinstance(image, np.ndarray) else image


def like(result: torch.Tensor, image: torch.Tensor | npt.NDArray[Any]) -> torch.Tensor:
    """``result`` with a copy of the metadata and history of ``image``, unless metadata is switched off."""
    if not get_track_meta():
        return result
    if not isinstance(image, MetaTensor):
        return MetaTensor(result)
    output: torch.Tensor = result.as_subclass(MetaTensor)
    return output.copy_meta_from(image)  # type: ignore[attr-defined]


def check_channels(image: torch.Tensor, channels: Sequence[int], source: str) -> None:
    """Refuse anything but ``(C, H, W)`` with an allowed ``C`` and at least one pixel.

    Raises:
        InvalidInputError: naming the shape found.
    """
    if image.ndim != 3 or image.shape[0] not in channels or 0 in image.shape:
        wanted = " or ".join(f"({count}, H, W)" for count in channels)
        raise InvalidInputError.about(source, "shape", f"is {tuple(image.shape)}", expected=wanted)


def check_finite(values: torch.Tensor, source: str, field: str = "pixels") -> None:
    """Refuse NaN and infinity.

    Raises:
        InvalidInputError: with the number of such values and the position of the first.
    """
    if not values.is_floating_point() or bool(torch.isfinite(values).all()):
        return
    bad = (~torch.isfinite(values)).nonzero()
    problem = f"hold {len(bad)} non-finite value(s), the first at {tuple(bad[0].tolist())}"
    raise InvalidInputError.about(source, field, problem, expected="finite numbers only")


def check_image(image: torch.Tensor, source: str, *, channels: Sequence[int] = (3,)) -> None:
    """Refuse what is not a ``(3, H, W)`` image of bytes, or of finite floating-point numbers in [0, 1].

    Args:
        image: to look at.
        source: what errors call it.
        channels: how many there may be.

    The range is checked because 0..255 as float, which some resampling transforms return, would otherwise be taken
    for [0, 1] without a word.

    Raises:
        InvalidInputError: naming what was found.
    """
    check_channels(image, channels, source)
    if image.dtype == torch.uint8:
        return
    expected = "uint8, or float in [0, 1]"
    if not image.is_floating_point():
        raise InvalidInputError.about(source, "pixels", f"are {image.dtype}", expected=expected)
    check_finite(image, source)
    low, high = (float(value) for value in torch.aminmax(image))
    if low < -RANGE_TOLERANCE or high > 1 + RANGE_TOLERANCE:
        raise InvalidInputError.about(source, "pixels", f"are float from {low:g} to {high:g}", expected=expected)


def check_mask(mask: torch.Tensor, image: torch.Tensor, source: str) -> None:
    """Refuse a mask that is not ``(1, H, W)`` with the ``H`` and ``W`` of its image.

    Raises:
        InvalidInputError: naming both shapes.
    """
    expected = (1, *image.shape[-2:])
    if tuple(mask.shape) != expected:
        raise InvalidInputError.about(source, "mask shape", f"is {tuple(mask.shape)}", expected=str(expected))
    check_finite(mask, source, "mask values")


def check_size(image: torch.Tensor, source: str) -> None:
    """Refuse an image with a side below :data:`MIN_SIDE` pixels.

    Raises:
        InvalidInputError: naming the size found and the minimum.
    """
    rows, columns = image.shape[-2:]
    if min(rows, columns) < MIN_SIDE:
        expected = f"at least {MIN_SIDE} pixels along each side"
        raise InvalidInputError.about(source, "size", f"is {rows} x {columns}", expected=expected)
