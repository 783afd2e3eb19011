# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""From a lesion mask to the "segmented image": the lesion kept, everything else filled."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Literal, get_args

import cv2
import numpy as np
import torch
from monai.config.type_definitions import KeysCollection
from monai.data import MetaTensor
from monai.transforms import MapTransform, Transform

from monai_skin.transforms.checks import check_image, check_mask, like, plain, source_of
from monai_skin.transforms.clean_mask import mask_is_usable
from monai_skin.transforms.normalize import IMAGENET_MEAN

__all__ = ["ApplyLesionMask", "ApplyLesionMaskd", "apply_mask"]

Fill = Literal["zero", "mean", "blurred"]
BLUR = 1 / 20
"""Width of the blur as a part of the image's shorter side."""


def _background(image: torch.Tensor, fill: Fill) -> torch.Tensor:
    if fill == "zero":
        return torch.zeros_like(image)
    if fill == "blurred":
        pixels = image.permute(1, 2, 0).contiguous()
        pixels = pixels if pixels.dtype in (torch.uint8, torch.float32, torch.float64) else pixels.float()
        width = max(1.0, BLUR * min(image.shape[1:]))
        return torch.from_numpy(np.asarray(cv2.GaussianBlur(pixels.numpy(), (0, 0), width))).permute(2, 0, 1)
    mean = torch.tensor(IMAGENET_MEAN)[:, None, None]
    return (mean * 255).round() if image.dtype == torch.uint8 else mean


def apply_mask(image: torch.Tensor, mask: torch.Tensor, fill: Fill = "zero") -> torch.Tensor:
    """Keep the lesion's pixels exactly; fill the others.

    Args:
        image: ``(3, H, W)`` RGB, uint8 or float in [0, 1], before normalisation.
        mask: ``(1, H, W)``; anything but 0 is lesion.
        fill: "zero"; "mean", the ImageNet mean, which is 0 after normalisation; or "blurred", the image out of focus.

    Returns:
        ``(3, H, W)``, same dtype.
    """
    return torch.where(mask != 0, image, _background(image, fill).to(image.dtype))


class ApplyLesionMask(Transform):
    """Array form of :func:`apply_mask`, except that a mask which cannot be right leaves the image as it is.

    A mask cannot be right if it covers less than 0.5 % or more than 98 % of the frame. The metadata ``mask_ok`` says
    which it was.

    Raises:
        InvalidInputError: the image is not ``(3, H, W)`` of bytes or of finite numbers in [0, 1], or the mask is not
            ``(1, H, W)`` of the same size.
    """

    def __init__(self, fill: Fill = "zero") -> None:
        if fill not in get_args(Fill):
            raise ValueError(f"fill must be one of {', '.join(get_args(Fill))}, got {fill!r}")
        self.fill: Fill = fill

    def __call__(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        pixels, source = plain(image), source_of(image)
        check_image(pixels, source)
        check_mask(plain(mask), pixels, source)
        usable = mask_is_usable(mask)
        out = like(apply_mask(pixels, plain(mask), self.fill) if usable else pixels.clone(), image)
        if isinstance(out, MetaTensor):
            out.meta["mask_ok"] = usable
        return out


class ApplyLesionMaskd(MapTransform):
    """Dictionary form of :class:`ApplyLesionMask`; ``mask_key`` names the item holding the mask."""

    def __init__(
        self, keys: KeysCollection, mask_key: Hashable = "mask", fill: Fill = "zero", allow_missing_keys: bool = False
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.mask_key = mask_key
        self.transform = ApplyLesionMask(fill)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        for key in self.key_iterator(out):
            out[key] = self.transform(out[key], data[self.mask_key])
        return out
