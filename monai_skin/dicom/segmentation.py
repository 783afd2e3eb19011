# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The outline of a lesion as a DICOM Segmentation (PS3.3 A.51)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pydicom

from monai_skin.dicom.coding import site_code, snomed
from monai_skin.dicom.person import read_person
from monai_skin.dicom.result import DISCLAIMER, ModelIdentity, building, equipment, own_elements
from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import DicomFile

__all__ = ["SEGMENTATION_SERIES", "check_mask", "make_segmentation"]

SEGMENTATION_SERIES = 7001


def make_segmentation(source: DicomFile, mask: npt.NDArray[np.bool_], model: ModelIdentity) -> pydicom.Dataset:
    """A binary segmentation with one segment, the lesion, in a new series of the picture's study.

    Args:
        source: the picture's object, as ``open_dicom`` gives it; of one frame.
        mask: ``(H, W)``, true where lesion; the size of the picture.
        model: what drew it.

    Raises:
        UsageError: highdicom is not installed.
        InvalidInputError: the mask is empty or of another size, or the source has several frames or lacks elements.
    """
    check_mask(source, mask)
    with building(source) as header:
        import highdicom as hd
        from pydicom.sr.codedict import codes

        algorithm = hd.AlgorithmIdentificationSequence(
            name=model.name, family=codes.DCM.ArtificialIntelligence, version=model.version
        )
        site = site_code(read_person(source, ["site"]).site)
        lesion = hd.seg.SegmentDescription(
            segment_number=1,
            segment_label="skin lesion",
            segmented_property_category=snomed("49755003", "Morphologically Abnormal Structure"),
            segmented_property_type=snomed("95324001", "Skin lesion"),
            algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
            algorithm_identification=algorithm,
            anatomic_regions=None if site is None else [site],
        )
        found = hd.seg.Segmentation(
            source_images=[header],
            pixel_array=mask.astype(np.uint8),
            segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=[lesion],
            content_label="LESION",
            content_description="Outline of the lesion",
            series_description=f"Lesion outline. {DISCLAIMER}",
            **own_elements(SEGMENTATION_SERIES),
            **equipment(),
        )
        found.PatientOrientation = ""  # of type 2C, and nobody knows how a photograph was held
    return found


def check_mask(source: DicomFile, mask: npt.NDArray[np.bool_]) -> None:
    """Raise :class:`InvalidInputError` unless this is an outline on this picture."""
    size = (source.shape.rows, source.shape.columns)
    if source.shape.frames != 1:
        problem = f"is {source.shape.frames}"
        raise InvalidInputError.about(source.source, "NumberOfFrames", problem, expected="a picture of one frame")
    if mask.shape != size:
        problem = f"is {mask.shape} for a picture of {size}"
        raise InvalidInputError.about(source.source, "mask size", problem, expected="equal rows and columns")
    if not mask.any():
        raise InvalidInputError.about(source.source, "mask", "is empty", expected="a lesion of one pixel or more")
