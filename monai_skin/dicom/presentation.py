# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The outline of a lesion as lines that a viewer draws over the picture: a Softcopy Presentation State (PS3.3 A.33)."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pydicom
from PIL import ImageCms
from skimage import measure

from monai_skin.dicom.result import DISCLAIMER, MANUFACTURER, ModelIdentity, building, equipment, own_elements
from monai_skin.dicom.segmentation import check_mask
from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import DicomFile, dicom_boundary

__all__ = ["PRESENTATION_SERIES", "can_be_presented", "lesion_outlines", "make_presentation"]

PRESENTATION_SERIES = 7004
_MOST_POINTS = 8191  # two numbers of four bytes each in an element of at most 65,534 bytes
_TOLERANCE = 0.25  # pixel
_COLOUR = (90.0, -50.0, -15.0)  # CIELab: a light cyan, which skin has not
_CLASS = slice(12, 16)  # of an ICC profile's header; PS3.3 C.11.15 wants an input or a colour space profile
_COLOUR_SPACE = slice(16, 20)
_INPUT, _SPACE, _DISPLAY, _RGB = b"scnr", b"spac", b"mntr", b"RGB "


def lesion_outlines(mask: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.float64]]:
    """Closed lines around the lesion and around its holes.

    Args:
        mask: ``(H, W)``, true where lesion.

    Returns:
        ``(N, 2)`` each, column and row from the corner of the picture, so that a pixel's centre ends in one half; the
        first point is also the last. None of them has more points than an element of DICOM can hold.
    """
    found = []
    line: npt.NDArray[np.float64]
    for line in measure.find_contours(np.pad(mask, 1).astype(np.float64), 0.5):  # type: ignore[no-untyped-call]
        tolerance, points = _TOLERANCE, _simplified(line, _TOLERANCE)
        while len(points) > _MOST_POINTS:
            tolerance *= 2
            points = _simplified(line, tolerance)
        found.append(points[:, ::-1] - 0.5)  # one pixel of padding less, half a pixel to the corner more
    return found


def _simplified(line: npt.NDArray[np.float64], tolerance: float) -> npt.NDArray[np.float64]:
    points = cv2.approxPolyDP(line[:-1].astype(np.float32), tolerance, closed=True)[:, 0].astype(np.float64)
    return np.concatenate([points, points[:1]])


def can_be_presented(source: DicomFile) -> bool:
    """Whether there is a presentation state for pictures of this colour model; for palettes there is none."""
    return source.shape.photometric != "PALETTE COLOR"


def make_presentation(source: DicomFile, mask: npt.NDArray[np.bool_], model: ModelIdentity) -> pydicom.Dataset:
    """A presentation state with the outline in a new series of the picture's study; of colour, or of one channel.

    The lines are at most a quarter of a pixel away from the mask's edge, unless it needs more points than fit.

    Args:
        source: the picture's object, as ``open_dicom`` gives it; of one frame.
        mask: ``(H, W)``, true where lesion; the size of the picture.
        model: what drew it.

    Raises:
        UsageError: highdicom is not installed.
        InvalidInputError: the mask is empty or of another size, or the source has several frames, a palette, or lacks
            elements.
    """
    check_mask(source, mask)
    if not can_be_presented(source):
        problem, expected = "is PALETTE COLOR", "a picture of three channels or one"
        raise InvalidInputError.about(source.source, "PhotometricInterpretation", problem, expected=expected)
    with building(source) as header:
        import highdicom as hd

        layer = hd.pr.GraphicLayer("LESION", order=1, description=DISCLAIMER, display_color=_colour(hd))
        lines = [
            hd.pr.GraphicObject(graphic_type="POLYLINE", graphic_data=points, units="PIXEL")
            for points in lesion_outlines(mask)
        ]
        words = hd.pr.TextObject(
            text_value=f"{model.name} {model.version}. {DISCLAIMER}",
            units="DISPLAY",
            bounding_box=(0.01, 0.01, 0.99, 0.06),
            text_justification="LEFT",
        )
        drawn = hd.pr.GraphicAnnotation([header], layer, graphic_objects=lines, text_objects=[words])
        colours = source.shape.samples == 3
        kind = hd.pr.ColorSoftcopyPresentationState if colours else hd.pr.GrayscaleSoftcopyPresentationState
        found = kind(
            referenced_images=[header],
            content_label="LESION",
            content_description="Outline of the lesion",
            content_creator_name=f"AI^{MANUFACTURER}",
            graphic_annotations=[drawn],
            graphic_layers=[layer],
            series_description=f"Lesion outline drawn. {DISCLAIMER}",
            **(
                {"icc_profile": _profile_of(source)}
                if colours
                else {"presentation_lut_transformation": _shades(hd, source)}
            ),
            **own_elements(PRESENTATION_SERIES),
            **equipment(),
        )
        found.Laterality = ""  # of type 2C
    return found


def _colour(hd: Any) -> Any:
    return hd.color.CIELabColor(*_COLOUR)


def _shades(hd: Any, source: DicomFile) -> Any:
    # a presentation state says by itself whether 0 is black, whatever the picture says
    shape = "INVERSE" if source.shape.photometric == "MONOCHROME1" else "IDENTITY"
    return hd.PresentationLUTTransformation(presentation_lut_shape=shape)


def _profile_of(source: DicomFile) -> bytes:
    """The colour profile of the picture, or sRGB where it has none that can be read."""
    with dicom_boundary(source.source, "ICCProfile"):
        own = source.dataset.get("ICCProfile")
    if isinstance(own, bytes) and own[_COLOUR_SPACE] == _RGB and own[_CLASS] in (_INPUT, _SPACE, _DISPLAY):
        try:
            ImageCms.ImageCmsProfile(io.BytesIO(own))
            return _as_input(own)
        except (OSError, ImageCms.PyCMSError):
            pass
    return _as_input(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


def _as_input(profile: bytes) -> bytes:
    # an input profile of three curves and a matrix has the same tags as a display profile
    return profile[: _CLASS.start] + _INPUT + profile[_CLASS.stop :] if profile[_CLASS] == _DISPLAY else profile
