# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The JPEG inside a DICOM object, where it is one as cameras make them, so that it is read like a file of its own.

A large JPEG is decoded at a reduced scale for a network that sees small pictures. Were the same JPEG decoded in full
once it stands in a DICOM object, object and file would get slightly different answers.
"""

from __future__ import annotations

from pydicom.uid import JPEGBaseline8Bit

from monai_skin.io.dicom_fragments import check_fragments, frames_of
from monai_skin.io.dicom_header import DicomFile, dicom_boundary
from monai_skin.io.jpeg_segments import jpeg_frame, without_metadata

__all__ = ["camera_jpeg"]


def camera_jpeg(file: DicomFile) -> bytes | None:
    """The one frame's baseline JPEG of subsampled colours without a profile, less EXIF; None where it is anything else.

    Raises:
        InvalidInputError: it is such a JPEG, and cut off or of another size than the header states.
    """
    dataset, shape, source = file
    ordinary = shape.frames == 1 and shape.photometric == "YBR_FULL_422" and not dataset.get("ICCProfile")
    if not ordinary or dataset.file_meta.TransferSyntaxUID != JPEGBaseline8Bit or not dataset.get("PixelData"):
        return None
    with dicom_boundary(source, "PixelData"):
        check_fragments(dataset, shape, source)
        (jpeg,) = frames_of(dataset, 1)
        frame = jpeg_frame(jpeg)
        if not frame.baseline or frame.has_profile or frame.photometric != shape.photometric:
            return None
        return without_metadata(jpeg)
