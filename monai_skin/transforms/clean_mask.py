# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""From a probability map to one lesion without holes, and whether that mask can be trusted."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from monai.config.type_definitions import KeysCollection
from monai.transforms import MapTransform, Transform

from monai_skin.transforms.checks import check_channels, check_finite, like, plain, source_of

__all__ = ["CleanLesionMask", "CleanLesionMaskd", "clean_mask", "mask_is_usable"]

SMALLEST_SHARE, LARGEST_SHARE = 0.005, 0.98


def fill_holes(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Set to 1 every background pixel of ``(H, W)`` that no path along rows and columns joins to the border."""
    framed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=[0])
    cv2.floodFill(framed, None, (0, 0), [2], flags=4)
    return np.asarray(framed[1:-1, 1:-1] != 2).view(np.uint8)


def largest_component(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Keep the largest group of touching pixels (corners count); the first in reading order where two are equal."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count <= 2:
        return mask
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())).view(np.uint8)


def clean_mask(probability: torch.Tensor, threshold: float = 0.5) -> torch.Tensor:
    """Threshold, fill the holes, keep the largest component.

    Args:
        probability: ``(1, H, W)`` in [0, 1], or a mask.
        threshold: this probability and above is lesion.

    Returns:
        ``(1, H, W)`` uint8 of 0 and 1; all 0 where nothing reaches the threshold.
    """
    mask = (probability[0] >= threshold).contiguous().view(torch.uint8).numpy()
    return torch.from_numpy(largest_component(fill_holes(mask)))[None]


def mask_is_usable(mask: torch.Tensor | npt.NDArray[Any]) -> bool:
    """Whether the lesion covers a believable share of the frame: from 0.5 % to 98 %, any shape of array.

    >>> mask_is_usable(torch.ones(1, 20, 20))
    False
    """
    share = float((plain(mask) != 0).double().mean()) if 0 not in mask.shape else 0.0
    return SMALLEST_SHARE <= share <= LARGEST_SHARE


class CleanLesionMask(Transform):
    """Array form of :func:`clean_mask`.

    Raises:
        InvalidInputError: the shape is not ``(1, H, W)``, or a value is not finite.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold must be in (0, 1], got {threshold}")
        self.threshold = threshold

    def __call__(self, probability: torch.Tensor) -> torch.Tensor:
        values, source = plain(probability), source_of(probability, "mask")
        check_channels(values, (1,), source)
        check_finite(values, source, "probabilities")
        return like(clean_mask(values.cpu(), self.threshold), probability)


class CleanLesionMaskd(MapTransform):
    """Dictionary form of :class:`CleanLesionMask`."""

    def __init__(self, keys: KeysCollection, threshold: float = 0.5, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)
        self.transform = CleanLesionMask(threshold)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key])
        return out
