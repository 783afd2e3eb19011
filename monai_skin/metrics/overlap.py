# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How well a predicted lesion mask covers the true one, image by image."""

from __future__ import annotations

from typing import Any

import torch
from monai.metrics import CumulativeIterationMetric

from monai_skin.errors import InvalidInputError

__all__ = ["JACCARD_THRESHOLD", "OVERLAP_SCORES", "LesionOverlap", "overlap_scores"]

JACCARD_THRESHOLD = 0.65
OVERLAP_SCORES = ("dice", "jaccard", "thresholded_jaccard", "sensitivity", "specificity", "pixel_accuracy")


def overlap_scores(predicted: torch.Tensor, truth: torch.Tensor) -> dict[str, torch.Tensor]:
    r"""Six scores of each image, from its pixel counts.

    Dice :math:`2TP/(2TP+FP+FN)`, Jaccard (IoU) :math:`TP/(TP+FP+FN)`, sensitivity :math:`TP/(TP+FN)`, specificity
    :math:`TN/(TN+FP)`. The thresholded Jaccard of the ISIC 2018 challenge is the Jaccard, or 0 where that is below 0.65
    (Codella et al., 2019, https://arxiv.org/abs/1902.03368). A score whose denominator is empty is 1: nothing was
    there to be missed. Average them over images, never pool the pixels of several images.

    Args:
        predicted: ``(B, 1, H, W)`` of 0 and 1.
        truth: same shape, 0 and 1.

    Returns:
        Name to ``(B,)`` float64 in [0, 1].

    Raises:
        InvalidInputError: the shapes differ, or a value is neither 0 nor 1.

    >>> guess, truth = torch.tensor([1, 1, 0, 0]).view(1, 1, 2, 2), torch.tensor([1, 0, 1, 0]).view(1, 1, 2, 2)
    >>> round(overlap_scores(guess, truth)["jaccard"].item(), 3)
    0.333
    """
    predicted, truth = _as_binary(predicted, "predicted"), _as_binary(truth, "truth")
    if predicted.shape != truth.shape:
        raise InvalidInputError.about(
            "mask", "shape", f"is {tuple(predicted.shape)} against a truth of {tuple(truth.shape)}", expected="the same"
        )
    both, either = (predicted & truth).flatten(1).sum(1), (predicted | truth).flatten(1).sum(1)
    neither = (~predicted & ~truth).flatten(1).sum(1)
    found, lesion = predicted.flatten(1).sum(1), truth.flatten(1).sum(1)
    pixels = truth[0].numel()
    jaccard = _fraction(both, either)
    return {
        "dice": _fraction(2 * both, found + lesion),
        "jaccard": jaccard,
        "thresholded_jaccard": torch.where(jaccard >= JACCARD_THRESHOLD, jaccard, 0.0),
        "sensitivity": _fraction(both, lesion),
        "specificity": _fraction(neither, pixels - lesion),
        "pixel_accuracy": (both + neither).double() / pixels,
    }


def _as_binary(mask: torch.Tensor, name: str) -> torch.Tensor:
    mask = torch.as_tensor(mask)
    if mask.ndim != 4 or mask.shape[1] != 1:
        raise InvalidInputError.about("mask", f"{name} shape", f"is {tuple(mask.shape)}", expected="(B, 1, H, W)")
    if not bool(((mask == 0) | (mask == 1)).all()):
        raise InvalidInputError.about("mask", name, "has other values", expected="0 and 1 only")
    return mask.bool()


def _fraction(part: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
    return torch.where(whole > 0, part.double() / whole.clamp_min(1), 1.0)


class LesionOverlap(CumulativeIterationMetric):
    """One score of :func:`overlap_scores` as a MONAI metric: the mean over images, however they were batched.

    Args:
        score: a name in ``OVERLAP_SCORES``.
    """

    def __init__(self, score: str = "dice") -> None:
        super().__init__()
        if score not in OVERLAP_SCORES:
            raise ValueError(f"score must be one of {', '.join(OVERLAP_SCORES)}, got {score!r}")
        self.score = score

    def _compute_tensor(self, y_pred: torch.Tensor, y: torch.Tensor | None = None, **_: Any) -> torch.Tensor:
        if y is None:
            raise InvalidInputError.about("mask", "truth", "is missing", expected="a mask for every image")
        return overlap_scores(y_pred, y)[self.score][:, None]

    def aggregate(self, *_: Any, **__: Any) -> torch.Tensor:
        """Mean over all images seen since the last reset; NaN if there were none."""
        values = self.get_buffer()  # type: ignore[no-untyped-call]
        return values.mean() if isinstance(values, torch.Tensor) and values.numel() else torch.tensor(float("nan"))
