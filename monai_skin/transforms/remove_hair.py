# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Painting hairs over with the skin beside them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Literal, get_args

import cv2
import numpy as np
import torch
from monai.config.type_definitions import KeysCollection
from monai.data import MetaTensor
from monai.transforms import MapTransform, Transform

from monai_skin.transforms.checks import check_image, like, plain, source_of
from monai_skin.transforms.dull_razor import dull_razor
from monai_skin.transforms.find_hair import REFERENCE_WIDTH, Bytes, as_bytes, cross, mark_hair, working_copy

__all__ = ["RemoveHair", "RemoveHaird", "remove_hair"]

LARGEST_SHARE = 0.2
"""Above this share of marked pixels the marks are no hairs, or nothing is left to paint with."""
THRESHOLD = 10.0
RADIUS = 3.0
Method = Literal["telea", "closing", "dull_razor"]


def _paint(pixels: Bytes, method: Method) -> tuple[Bytes, Bytes]:
    """The image painted over, and the mask of what was hair, both at the scale of ``pixels``."""
    if method == "dull_razor":
        return dull_razor(pixels)
    hair = mark_hair(pixels, THRESHOLD)
    if method == "closing":
        return np.asarray(cv2.morphologyEx(pixels, cv2.MORPH_CLOSE, cross(pixels.shape[1]))), hair
    if not 0 < hair.mean() <= LARGEST_SHARE:
        return pixels, hair
    radius = max(1.0, RADIUS * pixels.shape[1] / REFERENCE_WIDTH)
    return np.asarray(cv2.inpaint(pixels, hair, radius, cv2.INPAINT_TELEA)), hair


def _compose(image: torch.Tensor, painted: Bytes, hair: Bytes) -> torch.Tensor:
    """``image`` with ``painted`` where ``hair`` is set; all other pixels keep their exact value."""
    size = (image.shape[2], image.shape[1])
    if painted.shape[:2] != size[::-1]:
        painted = np.asarray(cv2.resize(painted, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        hair = np.asarray(cv2.resize(hair, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    filled = torch.from_numpy(painted).permute(2, 0, 1)
    filled = filled if image.dtype == torch.uint8 else filled.to(image.dtype) / 255
    return torch.where(torch.from_numpy(hair)[None] > 0, filled, image)


def remove_hair(image: torch.Tensor, method: Method = "telea") -> tuple[torch.Tensor, float]:
    """Find dark hairs and paint them over.

    "telea" and "closing" mark hairs as :func:`find_hair` does. "telea" carries the surroundings inwards (Telea, "An
    image inpainting technique based on the fast marching method", 2004); "closing" takes the grey closing, about
    thirty times faster and slightly too bright. "dull_razor" runs the five steps of Lee et al. 1997.

    Args:
        image: ``(3, H, W)`` RGB, uint8 or float in [0, 1].
        method: "telea", "closing" or "dull_razor".

    Returns:
        ``(3, H, W)``, same dtype, and the share of pixels found to be hair. Above a share of 0.2 the image is
        returned unchanged.
    """
    painted, hair = _paint(working_copy(as_bytes(image)), method)
    share = float(hair.mean())
    return (_compose(image, painted, hair) if share <= LARGEST_SHARE else image.clone()), share


class RemoveHair(Transform):
    """Array form of :func:`remove_hair`.

    Metadata: ``hair_share``, the share of pixels found to be hair, and ``hair_removed``, False where that was above 0.2
    and the image left as it was.

    Raises:
        InvalidInputError: the image is not ``(3, H, W)`` of bytes or of finite numbers in [0, 1].
    """

    def __init__(self, method: Method = "telea") -> None:
        if method not in get_args(Method):
            raise ValueError(f"method must be one of {', '.join(get_args(Method))}, got {method!r}")
        self.method: Method = method

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        pixels = plain(image)
        check_image(pixels, source_of(image))
        removed, share = remove_hair(pixels, self.method)
        out = like(removed, image)
        if isinstance(out, MetaTensor):
            out.meta |= {"hair_share": share, "hair_removed": share <= LARGEST_SHARE}
        return out


class RemoveHaird(MapTransform):
    """Dictionary form of :class:`RemoveHair`."""

    def __init__(self, keys: KeysCollection, method: Method = "telea", allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)
        self.transform = RemoveHair(method)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key])
        return out
