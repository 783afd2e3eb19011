# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Deletion and insertion: does the score follow the pixels that an explanation calls important."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
import torch

from monai_skin.errors import IntegrityError, UsageError

__all__ = ["FaithfulnessCurve", "blur_picture", "deletion_curve", "insertion_curve"]

Scores = Callable[[torch.Tensor], torch.Tensor]


class FaithfulnessCurve(NamedTuple):
    """The score of a class while pixels go or come, hottest first.

    Attributes:
        shares: ``(steps + 1,)`` float64, share of the pixels that went or came, from 0 to 1.
        scores: ``(steps + 1,)`` float64, the score at each.
        area: under the scores by the trapezoidal rule; in [0, 1] for probabilities.
    """

    shares: torch.Tensor
    scores: torch.Tensor
    area: float


def deletion_curve(
    function: Scores,
    picture: torch.Tensor,
    heat: torch.Tensor,
    baseline: torch.Tensor,
    *,
    steps: int = 50,
    batch_size: int = 16,
) -> FaithfulnessCurve:
    """Replace the picture's pixels by the baseline's, hottest first; a good explanation gives a small area.

    Petsiuk et al., "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC 2018,
    https://arxiv.org/abs/1806.07421. Pixels of equal heat go in reading order. An area means little by itself: compare
    it with that of random heat on the same picture.

    Args:
        function: ``(n, C, H, W)`` to ``(n,)`` scores of a class, see :func:`function_of_pictures`.
        picture: ``(C, H, W)``.
        heat: ``(H, W)``.
        baseline: ``(C, H, W)`` that takes the pixels' place, such as :func:`blur_picture` gives; a picture of one
            colour is unlike any photograph, and the score may fall for that alone.
        steps: into which the pixels are divided, as evenly as their number allows.
        batch_size: pictures given to ``function`` at a time.

    Raises:
        IntegrityError: picture, heat and baseline differ in size.
        UsageError: fewer than one step, or more than pixels.
    """
    return _curve(function, picture, baseline, heat, steps, batch_size)


def insertion_curve(
    function: Scores,
    picture: torch.Tensor,
    heat: torch.Tensor,
    baseline: torch.Tensor,
    *,
    steps: int = 50,
    batch_size: int = 16,
) -> FaithfulnessCurve:
    """Put the picture's pixels into the baseline, hottest first; a good explanation gives a large area.

    Everything else is as in :func:`deletion_curve`.
    """
    return _curve(function, baseline, picture, heat, steps, batch_size)


def blur_picture(picture: torch.Tensor, sigma: float = 10.0) -> torch.Tensor:
    """Take the detail out of a picture and leave its colours: a Gaussian filter, mirrored at the border.

    Args:
        picture: ``(C, H, W)``.
        sigma: in pixels, positive; the tenth of a side leaves little but the colour of skin and lesion.

    Returns:
        Float32 of the same shape, on the same device.
    """
    planes = picture.detach().cpu().float().numpy()
    blurred = [cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101) for plane in planes]
    return torch.from_numpy(np.stack(blurred)).to(picture.device)


def _curve(
    function: Scores, first: torch.Tensor, last: torch.Tensor, heat: torch.Tensor, steps: int, batch_size: int
) -> FaithfulnessCurve:
    """From one picture to the other, pixel by pixel."""
    pixels = heat.numel()
    if first.shape != last.shape or first.shape[1:] != heat.shape:
        problem = f"has the shape {tuple(heat.shape)} between pictures of {tuple(first.shape)} and {tuple(last.shape)}"
        raise IntegrityError.about("explanation", "heat", problem, expected="equal rows and columns")
    if not 1 <= steps <= pixels:
        raise UsageError.about("explanation", "steps", f"is {steps}", expected=f"1 to {pixels}")
    order = heat.detach().flatten().argsort(descending=True, stable=True)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(pixels, device=order.device)
    rank = rank.view(heat.shape).to(first.device)
    counts = torch.linspace(0, pixels, steps + 1, dtype=torch.float64).round()
    scores = []
    for some in torch.split(counts.to(first.device), batch_size):
        changed = rank < some[:, None, None]
        scores.append(function(torch.where(changed[:, None], last, first)).detach().double().cpu())
    shares, found = counts / pixels, torch.cat(scores)
    return FaithfulnessCurve(shares, found, float(torch.trapezoid(found, shares)))
