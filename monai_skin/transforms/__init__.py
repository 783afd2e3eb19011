# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Transforms of lesion images and masks: a pure function, an array class and a dictionary class (``...d``) each."""

from __future__ import annotations

from monai_skin.transforms.adjust_color import (
    AdjustColor,
    AdjustColord,
    RandColorJitter,
    RandColorJitterd,
    adjust_color,
)
from monai_skin.transforms.clean_mask import CleanLesionMask, CleanLesionMaskd, clean_mask, mask_is_usable
from monai_skin.transforms.fit import FitLesionImage, FitLesionImaged, fit_image
from monai_skin.transforms.load import LoadDermoscopy, LoadDermoscopyd, LoadLesionMask, LoadLesionMaskd
from monai_skin.transforms.normalize import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    NormalizeImageNet,
    NormalizeImageNetd,
    normalize_imagenet,
)

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "AdjustColor",
    "AdjustColord",
    "CleanLesionMask",
    "CleanLesionMaskd",
    "FitLesionImage",
    "FitLesionImaged",
    "LoadDermoscopy",
    "LoadDermoscopyd",
    "LoadLesionMask",
    "LoadLesionMaskd",
    "NormalizeImageNet",
    "NormalizeImageNetd",
    "RandColorJitter",
    "RandColorJitterd",
    "adjust_color",
    "clean_mask",
    "fit_image",
    "mask_is_usable",
    "normalize_imagenet",
]
