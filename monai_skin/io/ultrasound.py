# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading an ultrasound picture; of a DICOM object the scanned region alone, one frame at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from monai_skin.errors import InvalidInputError
from monai_skin.io.decoding import MAX_PIXELS
from monai_skin.io.files import FileOrBytes
from monai_skin.io.images import Picture, content_of, holds_dicom, read_image

if TYPE_CHECKING:
    from monai_skin.io.dicom_header import DicomFile

__all__ = ["count_frames", "read_ultrasound"]

_KIND, _IN_PLANE, _TISSUE = ("RegionSpatialFormat", "RegionDataType"), 1, 1  # PS3.3 C.8.5.5.1
_CORNERS = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")
_WHOLE = "no scanned region is marked, so what is burned into the picture was seen too"


class _Region(NamedTuple):
    """Columns and rows, the last ones included."""

    left: int
    top: int
    right: int
    bottom: int


def read_ultrasound(
    file: FileOrBytes, *, frame: int | None = None, source: str | None = None, max_pixels: int = MAX_PIXELS
) -> Picture:
    """Read as :func:`read_image` does, and of a DICOM object the largest two-dimensional region of tissue.

    Scanners burn scale bars, settings and often a name into the picture, outside the regions that the header lists in
    SequenceOfUltrasoundRegions (PS3.3 C.8.5.5). ``full_size`` is that of the region. An object without such a region is
    used as a whole, and a note says so.

    Args:
        file: a path, or the content of a file.
        frame: of an object that has several, the first being 1; None reads an object of one frame only.
        source: what errors call it; the file's name by default.
        max_pixels: larger pictures are refused from their header.

    Raises:
        InvalidInputError: as :func:`read_image`; no such frame; or a region that lies outside the picture.
    """
    name, data = content_of(file, source, max_pixels)
    if not holds_dicom(data):
        return read_image(data if isinstance(file, bytes) else file, source=source, max_pixels=max_pixels)
    from monai_skin.io.dicom_header import open_dicom  # pydicom takes a while to import
    from monai_skin.io.dicom_pixels import decode_dicom

    opened = open_dicom(data, source=name, max_pixels=max_pixels)
    if frame is None and opened.shape.frames > 1:
        problem, expected = f"is {opened.shape.frames}", "1, or a frame that is named, as by --scan-frame"
        raise InvalidInputError.about(name, "NumberOfFrames", problem, expected=expected)
    region = _tissue_region(opened)
    pixels, notes = decode_dicom(opened, frame=frame)
    if region is None:
        return Picture(pixels[0], (opened.shape.rows, opened.shape.columns), (*notes, _WHOLE))
    inside = pixels[0][:, region.top : region.bottom + 1, region.left : region.right + 1].copy()
    return Picture(inside, (inside.shape[1], inside.shape[2]), (*notes, "cut to the scanned region"))


def count_frames(file: FileOrBytes, *, max_pixels: int = MAX_PIXELS) -> int:
    """How many frames a DICOM object has; 1 for any other file.

    Raises:
        InvalidInputError: the file is missing, or a DICOM object's header cannot be read.
    """
    name, data = content_of(file, None, max_pixels)
    if not holds_dicom(data):
        return 1
    from monai_skin.io.dicom_header import open_dicom

    return open_dicom(data, source=name, max_pixels=max_pixels).shape.frames


def _tissue_region(file: DicomFile) -> _Region | None:
    regions = list(_tissue_regions(file))
    return max(regions, key=lambda one: (one.right - one.left) * (one.bottom - one.top), default=None)


def _tissue_regions(file: DicomFile) -> Iterator[_Region]:
    from monai_skin.io.dicom_header import dicom_boundary, whole_number

    field = "SequenceOfUltrasoundRegions"
    with dicom_boundary(file.source, field):
        for item in file.dataset.get(field) or ():
            kind = [
                whole_number(item, name, file.source, default=0) for name in ("RegionSpatialFormat", "RegionDataType")
            ]
            if kind != [_IN_PLANE, _TISSUE]:
                continue
            region = _Region(*(whole_number(item, name, file.source) for name in _CORNERS))
            across, down = (region.left, region.right, file.shape.columns), (region.top, region.bottom, file.shape.rows)
            if any(not 0 <= start <= stop < size for start, stop, size in (across, down)):
                size = f"{file.shape.columns} x {file.shape.rows}"
                problem = f"has a region from {region[:2]} to {region[2:]}"
                raise InvalidInputError.about(file.source, field, problem, expected=f"one inside {size} pixels")
            yield region
