# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The pixels of a DICOM object as eight-bit sRGB, every frame of them.

pydicom from version 3 on hands YBR data over as RGB while the header goes on saying YBR. Colours are therefore never
converted here by what the header says; tests hold them to those of another decoder.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pydicom
from PIL import Image
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import iter_pixels

from monai_skin.errors import InvalidInputError
from monai_skin.io.colour import to_srgb
from monai_skin.io.dicom_fragments import check_fragments
from monai_skin.io.dicom_header import DicomFile, DicomShape, dicom_boundary

__all__ = ["decode_dicom"]

Pixels = npt.NDArray[np.uint8]
NO_COLOUR = "it has no colour"
_BEYOND, _SHARE = (
    8,
    0.05,
)  # levels outside RGB that rounding and chroma subsampling do not explain, and pixels with them


def decode_dicom(file: DicomFile, *, frame: int | None = None) -> tuple[Pixels, list[str]]:
    """Decode one frame, or all.

    Args:
        file: as ``open_dicom`` gives it.
        frame: number of the frame, the first being 1; all by default.

    Returns:
        ``(F, 3, H, W)`` uint8 sRGB, and notes for a person about what was converted.

    Raises:
        InvalidInputError: pixels are absent, too many, too few, cut off, contradict the header, or no decoder is there.
    """
    dataset, shape, source = file
    if frame is not None and not 1 <= frame <= shape.frames:
        problem = f"is {shape.frames}, there is no frame {frame}"
        raise InvalidInputError.about(source, "NumberOfFrames", problem, expected=f"frame 1 to {shape.frames}")
    with dicom_boundary(source, "PixelData"):
        _check_decoder(dataset, source)
        if "PixelData" not in dataset or not dataset.PixelData:
            raise InvalidInputError.about(source, "PixelData", "is absent", expected="a picture")
        if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
            check_fragments(dataset, shape, source)
        else:
            _check_length(dataset, shape, source)
        _check_gamut(dataset, shape, source)
        indices = None if frame is None else [frame - 1]
        planes, notes = _colours(dataset, shape, source, indices)
    return planes, notes


def _check_decoder(dataset: pydicom.Dataset, source: str) -> None:
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        problem = f"is {syntax.name}, which is not read"
        raise InvalidInputError.about(source, "TransferSyntaxUID", problem, expected="one of pictures") from None
    if not decoder.is_available:
        packages = " or ".join(" ".join(line.split()) for line in decoder.missing_dependencies)
        problem = f"is {syntax.name}, for which no decoder is installed"
        raise InvalidInputError.about(source, "TransferSyntaxUID", problem, expected=f"the package {packages}")


def _check_length(dataset: pydicom.Dataset, shape: DicomShape, source: str) -> None:
    pixels = shape.frames * shape.rows * shape.columns
    # of two neighbours 4:2:2 keeps two luminances and one of each chrominance
    samples = pixels * 2 if shape.photometric == "YBR_FULL_422" else pixels * shape.samples
    expected = samples * (shape.bits_allocated // 8)
    found = len(dataset.PixelData)
    if found not in (expected, expected + expected % 2):
        problem = f"has {found:,} bytes for {shape.frames} x {shape.rows} x {shape.columns} {shape.photometric} pixels"
        raise InvalidInputError.about(source, "PixelData", problem, expected=f"{expected + expected % 2:,}")


def _check_gamut(dataset: pydicom.Dataset, shape: DicomShape, source: str) -> None:
    """Refuse RGB that is said to be YBR: no colour of a picture lies outside RGB, but many of a mislabelled one do."""
    syntax = dataset.file_meta.TransferSyntaxUID
    lossy = syntax.is_encapsulated and "RLE" not in syntax.name
    if not shape.photometric.startswith("YBR_FULL") or lossy or shape.bits_allocated != 8:
        return
    ybr = next(iter_pixels(dataset, raw=True, indices=[0])).astype(np.float32)
    luminance, blue, red = ybr[..., 0], ybr[..., 1] - 128, ybr[..., 2] - 128
    channels = (luminance + 1.402 * red, luminance - 0.344136 * blue - 0.714136 * red, luminance + 1.772 * blue)
    outside = np.any([(plane < -_BEYOND) | (plane > 255 + _BEYOND) for plane in channels], axis=0).mean()
    if outside > _SHARE:
        problem = f"is {shape.photometric}, by which {outside:.0%} of the pixels are no colours"
        raise InvalidInputError.about(source, "PhotometricInterpretation", problem, expected="that of the pixels")


def _colours(
    dataset: pydicom.Dataset, shape: DicomShape, source: str, indices: list[int] | None
) -> tuple[Pixels, list[str]]:
    count = shape.frames if indices is None else len(indices)
    planes = np.empty((count, shape.rows, shape.columns, 3), np.uint8)
    notes: list[str] = [NO_COLOUR] if shape.photometric.startswith("MONOCHROME") else []
    done = 0
    for raw in _frames(dataset, indices):
        rgb = _eight_bits(raw, dataset, shape)
        if done == count or rgb.shape != planes.shape[1:]:
            problem = f"decodes to {rgb.shape} in frame {done + 1}"
            raise InvalidInputError.about(source, "PixelData", problem, expected=f"{count} of {planes.shape[1:]}")
        planes[done], said = _in_srgb(rgb, dataset, source)
        notes.extend(note for note in said if note not in notes)
        done += 1
    if done < count:
        raise InvalidInputError.about(source, "PixelData", f"holds {done} frames", expected=f"{count}")
    return planes.transpose(0, 3, 1, 2), notes


def _frames(dataset: pydicom.Dataset, indices: list[int] | None) -> Iterator[npt.NDArray[np.uint8 | np.uint16]]:
    yield from iter_pixels(dataset, indices=indices)


def _eight_bits(raw: npt.NDArray[np.uint8 | np.uint16], dataset: pydicom.Dataset, shape: DicomShape) -> Pixels:
    if shape.photometric == "PALETTE COLOR":
        colours = apply_color_lut(raw, dataset)
        return (colours >> 8 if colours.dtype == np.uint16 else colours).astype(np.uint8)
    if shape.photometric == "MONOCHROME1":  # its 0 is white
        raw = 255 - raw
    eight = (raw >> (shape.bits_stored - 8)).astype(np.uint8) if shape.bits_stored > 8 else raw.astype(np.uint8)
    return np.repeat(eight[..., None], 3, axis=-1) if eight.ndim == 2 else eight


def _in_srgb(rgb: Pixels, dataset: pydicom.Dataset, source: str) -> tuple[Pixels, list[str]]:
    profile = dataset.get("ICCProfile")
    if not profile:
        return rgb, []
    picture = Image.fromarray(rgb)
    picture.info["icc_profile"] = bytes(profile)
    converted, notes = to_srgb(picture, background=(255, 255, 255), source=source)
    return np.asarray(converted), notes
