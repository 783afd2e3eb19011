# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Occlusion: what a score loses where a patch of the picture is covered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import torch

from monai_skin.errors import IntegrityError, UsageError

__all__ = ["occlusion_sensitivity"]


def occlusion_sensitivity(
    function: Callable[[torch.Tensor], torch.Tensor],
    picture: torch.Tensor,
    *,
    patch: int = 32,
    stride: int = 16,
    cover: torch.Tensor | None = None,
    batch_size: int = 16,
) -> torch.Tensor:
    """Slide a patch over the picture and note by how much the score falls.

    Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014,
    https://arxiv.org/abs/1311.2901. MONAI's ``OcclusionSensitivity`` covers the first input only and gives the others
    one row, so networks with several inputs do not run in it. The size of the patch decides what can be found: what
    shows up at two sizes is more than an accident of one.

    Args:
        function: ``(n, C, H, W)`` to ``(n,)`` scores of a class, see :func:`function_of_pictures`.
        picture: ``(C, H, W)``.
        patch: side of the square in pixels, at most the shorter side of the picture.
        stride: pixels from one place to the next; the last place ends at the border all the same.
        cover: ``(C, H, W)`` that shows through the patch; None is the mean colour of the picture.
        batch_size: pictures given to ``function`` at a time.

    Returns:
        ``(H, W)`` float32 on the CPU: for each pixel the mean fall over the patches that covered it, negative where
        covering it helps the class.

    Raises:
        UsageError: a patch that does not fit, or a stride that leaves pixels out.
        IntegrityError: picture and cover differ in shape.
    """
    rows, columns = picture.shape[1:]
    if not 1 <= patch <= min(rows, columns) or not 1 <= stride <= patch:
        problem = f"is {patch} with stride {stride} on {rows} x {columns} pixels"
        raise UsageError.about("occlusion", "patch", problem, expected="stride <= patch <= the shorter side")
    if cover is None:
        cover = picture.mean(dim=(1, 2), keepdim=True).expand_as(picture)
    if cover.shape != picture.shape:
        problem = f"has the shape {tuple(cover.shape)} for a picture of {tuple(picture.shape)}"
        raise IntegrityError.about("occlusion", "cover", problem, expected="equal shapes")
    whole = float(function(picture[None])[0].detach())
    fall = torch.zeros(rows, columns, dtype=torch.float64)
    times = torch.zeros(rows, columns, dtype=torch.float64)
    places = list(product(_starts(rows, patch, stride), _starts(columns, patch, stride)))
    for first in range(0, len(places), batch_size):
        some = places[first : first + batch_size]
        scores = function(_covered(picture, cover, some, patch)).tolist()
        for (top, left), score in zip(some, scores, strict=True):
            fall[top : top + patch, left : left + patch] += whole - score
            times[top : top + patch, left : left + patch] += 1
    return (fall / times).float()


def _starts(length: int, patch: int, stride: int) -> list[int]:
    last = length - patch
    return [*range(0, last, stride), last]


def _covered(picture: torch.Tensor, cover: torch.Tensor, places: Sequence[tuple[int, int]], patch: int) -> torch.Tensor:
    pictures = picture.repeat(len(places), 1, 1, 1)
    for one, (top, left) in zip(pictures, places, strict=True):
        one[:, top : top + patch, left : left + patch] = cover[:, top : top + patch, left : left + patch]
    return pictures
