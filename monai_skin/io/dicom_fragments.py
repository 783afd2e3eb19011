# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether every frame of compressed DICOM pixels is there, whole, and of the size the header states.

pydicom decodes a JPEG that was cut to a third without an error, with the rest grey; so completeness is judged here.
JPEG: ITU-T T.81; JPEG-LS: ITU-T T.87; JPEG 2000: ITU-T T.800.
"""

from __future__ import annotations

import pydicom
from pydicom.encaps import generate_frames
from pydicom.uid import (
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from monai_skin.errors import InvalidInputError
from monai_skin.io.decoding import open_picture
from monai_skin.io.dicom_header import DicomShape
from monai_skin.io.jpeg import END_OF_IMAGE

__all__ = ["check_fragments", "frames_of"]

_JPEG = frozenset({JPEGBaseline8Bit, JPEGExtended12Bit})
_ENDS_WITH_MARK = frozenset({JPEG2000, JPEG2000Lossless, JPEGLSLossless, JPEGLSNearLossless})
_PADDING = b"\x00\xff"  # to an even length
_START_OF_CODESTREAM, _START_OF_FRAME = b"\xff\x4f\xff\x51", b"\xff\xf7"


def frames_of(dataset: pydicom.Dataset, count: int) -> list[bytes]:
    """The compressed bytes of each frame; one more than ``count`` at most, which is enough to see that they differ."""
    found = []
    for frame in generate_frames(dataset.PixelData, number_of_frames=count):
        found.append(frame)
        if len(found) > count:
            break
    return found


def check_fragments(dataset: pydicom.Dataset, shape: DicomShape, source: str) -> None:
    """Raise where a frame is missing, cut off, or of another size.

    Raises:
        InvalidInputError: naming the frame.
    """
    frames = frames_of(dataset, shape.frames)
    if len(frames) != shape.frames:
        raise InvalidInputError.about(
            source, "PixelData", f"does not hold {shape.frames} frames", expected="as many as NumberOfFrames"
        )
    syntax = dataset.file_meta.TransferSyntaxUID
    for number, frame in enumerate(frames, 1):
        if syntax in _JPEG:
            _check_jpeg_frame(frame, number, shape, source)
        elif syntax in _ENDS_WITH_MARK:
            _check_marked_frame(frame, number, shape, source)


def _check_jpeg_frame(frame: bytes, number: int, shape: DicomShape, source: str) -> None:
    try:
        opened = open_picture(frame, source=source, max_pixels=shape.rows * shape.columns)
        size = (opened.image.height, opened.image.width)
        _check_frame_size(size, number, shape, source)
        opened.load()
    except InvalidInputError as error:
        if error.field == "PixelData":
            raise
        problem = str(error).removeprefix(f"{source}: image ").split("; expected")[0]
        raise InvalidInputError.about(
            source, "PixelData", f"frame {number} {problem}", expected="a whole JPEG"
        ) from error


def _check_marked_frame(frame: bytes, number: int, shape: DicomShape, source: str) -> None:
    if not frame.rstrip(_PADDING).endswith(END_OF_IMAGE):
        problem = f"frame {number} is cut off after {len(frame):,} bytes"
        raise InvalidInputError.about(source, "PixelData", problem, expected="a whole frame")
    if frame.startswith(_START_OF_CODESTREAM):
        right, bottom, left, top = (int.from_bytes(frame[place : place + 4]) for place in (8, 12, 16, 20))
        _check_frame_size((bottom - top, right - left), number, shape, source)
    elif (place := frame.find(_START_OF_FRAME)) >= 0:
        size = (int.from_bytes(frame[place + 5 : place + 7]), int.from_bytes(frame[place + 7 : place + 9]))
        _check_frame_size(size, number, shape, source)


def _check_frame_size(size: tuple[int, int], number: int, shape: DicomShape, source: str) -> None:
    if size != (shape.rows, shape.columns):
        problem = f"frame {number} has {size[0]:,} rows and {size[1]:,} columns"
        expected = f"{shape.rows:,} and {shape.columns:,}, as Rows and Columns say"
        raise InvalidInputError.about(source, "PixelData", problem, expected=expected)
