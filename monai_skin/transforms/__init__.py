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
from monai_skin.transforms.apply_mask import ApplyLesionMask, ApplyLesionMaskd, apply_mask
from monai_skin.transforms.calibrate import CalibrateProbabilities, CalibrateProbabilitiesd
from monai_skin.transforms.calibration import Calibration, apply_temperature
from monai_skin.transforms.calibration_file import CALIBRATION_FORMAT, read_calibration
from monai_skin.transforms.clean_mask import CleanLesionMask, CleanLesionMaskd, clean_mask, mask_is_usable
from monai_skin.transforms.crop_lesion import CropLesion, CropLesiond, lesion_box
from monai_skin.transforms.encode_metadata import (
    KNOWN_SITES,
    EncodeClinicalMetadata,
    EncodeClinicalMetadatad,
    encode_clinical_metadata,
)
from monai_skin.transforms.find_hair import find_hair
from monai_skin.transforms.fit import FitLesionImage, FitLesionImaged, fit_image
from monai_skin.transforms.load import LoadDermoscopy, LoadDermoscopyd, LoadLesionMask, LoadLesionMaskd
from monai_skin.transforms.load_ultrasound import LoadUltrasound, LoadUltrasoundd
from monai_skin.transforms.normalize import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    NormalizeImageNet,
    NormalizeImageNetd,
    normalize_imagenet,
)
from monai_skin.transforms.pad_concepts import PadConcepts, PadConceptsd, mask_pad, perturb_index
from monai_skin.transforms.quality import QualityFlags, quality_flags
from monai_skin.transforms.remove_hair import RemoveHair, RemoveHaird, remove_hair
from monai_skin.transforms.shades_of_gray import ShadesOfGray, ShadesOfGrayd, shades_of_gray
from monai_skin.transforms.speckle import AddSpeckle, AddSpeckled, RandSpeckle, RandSpeckled, add_speckle

__all__ = [
    "CALIBRATION_FORMAT",
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "KNOWN_SITES",
    "AddSpeckle",
    "AddSpeckled",
    "AdjustColor",
    "AdjustColord",
    "ApplyLesionMask",
    "ApplyLesionMaskd",
    "CalibrateProbabilities",
    "CalibrateProbabilitiesd",
    "Calibration",
    "CleanLesionMask",
    "CleanLesionMaskd",
    "CropLesion",
    "CropLesiond",
    "EncodeClinicalMetadata",
    "EncodeClinicalMetadatad",
    "FitLesionImage",
    "FitLesionImaged",
    "LoadDermoscopy",
    "LoadDermoscopyd",
    "LoadLesionMask",
    "LoadLesionMaskd",
    "LoadUltrasound",
    "LoadUltrasoundd",
    "NormalizeImageNet",
    "NormalizeImageNetd",
    "PadConcepts",
    "PadConceptsd",
    "QualityFlags",
    "RandColorJitter",
    "RandColorJitterd",
    "RandSpeckle",
    "RandSpeckled",
    "RemoveHair",
    "RemoveHaird",
    "ShadesOfGray",
    "ShadesOfGrayd",
    "add_speckle",
    "adjust_color",
    "apply_mask",
    "apply_temperature",
    "clean_mask",
    "encode_clinical_metadata",
    "find_hair",
    "fit_image",
    "lesion_box",
    "mask_is_usable",
    "mask_pad",
    "normalize_imagenet",
    "perturb_index",
    "quality_flags",
    "read_calibration",
    "remove_hair",
    "shades_of_gray",
]
