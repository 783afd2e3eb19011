# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Colours of DICOM pixels, held to hand-worked values and to another decoder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image
from monai_skin.io.dicom_fragments import frames_of
from monai_skin.io.dicom_header import DicomFile, open_dicom
from monai_skin.io.dicom_pixels import decode_dicom
from tests.conftest import ROOT
from tests.dicom.objects import dataset, object_bytes, scene, written


def decoded(data: bytes, **options: int) -> np.ndarray:
    """(F, H, W, 3)."""
    return decode_dicom(open_dicom(data, source="lesion.dcm"), **options)[0].transpose(0, 2, 3, 1)


def test_rgb_comes_out_as_it_went_in_rows_first():
    picture = read_image(object_bytes())
    assert picture.full_size == (20, 30) and np.array_equal(picture.pixels.transpose(1, 2, 0), scene())


def test_g7_planes_may_stand_one_after_another():
    planes = np.ascontiguousarray(scene().transpose(2, 0, 1)).tobytes()
    assert np.array_equal(decoded(object_bytes(planes, PlanarConfiguration=1))[0], scene())


def test_g2_ybr_is_converted_once():
    # BT.601 at full range: Y = 0.299 R + 0.587 G + 0.114 B, Cb = 128 + (B - Y) / 1.772, Cr = 128 + (R - Y) / 1.402
    rgb = scene().astype(float)
    luminance = rgb @ [0.299, 0.587, 0.114]
    ybr = np.stack([luminance, 128 + (rgb[..., 2] - luminance) / 1.772, 128 + (rgb[..., 0] - luminance) / 1.402], -1)
    data = object_bytes(np.rint(ybr).astype(np.uint8), PhotometricInterpretation="YBR_FULL")
    assert np.abs(decoded(data)[0].astype(int) - scene()).max() <= 2


def test_g2_rgb_that_is_said_to_be_ybr_is_refused():
    # the quadrants red, green and blue are no colours as YBR: (200, 10, 10) would be a
    # green of 325, a red of 35 and a blue of -9
    with pytest.raises(
        InvalidInputError, match=r"PhotometricInterpretation is YBR_FULL, by which \d+% of the pixels are no"
    ):
        decoded(object_bytes(PhotometricInterpretation="YBR_FULL"))


def test_a_palette_is_looked_up():
    indices = np.array([[0, 1], [2, 1]], np.uint8)
    tables = {"Red": [9, 80, 250], "Green": [1, 90, 0], "Blue": [5, 7, 130]}
    found = dataset(
        indices[..., None], PhotometricInterpretation="PALETTE COLOR", SamplesPerPixel=1, PlanarConfiguration=None
    )
    for colour, values in tables.items():
        setattr(found, f"{colour}PaletteColorLookupTableDescriptor", [3, 0, 16])
        entries = np.array(values, "<u2") * 257
        setattr(found, f"{colour}PaletteColorLookupTableData", entries.astype("<u2").tobytes())
    expected = np.stack([np.array(values)[indices] for values in tables.values()], -1)
    assert np.array_equal(decoded(written(found))[0], expected)


@pytest.mark.parametrize(("photometric", "expected"), [("MONOCHROME2", 40), ("MONOCHROME1", 215)])
def test_one_channel_becomes_grey_and_monochrome1_is_white_at_zero(photometric, expected):
    data = object_bytes(
        np.full((4, 6, 1), 40, np.uint8),
        PhotometricInterpretation=photometric,
        SamplesPerPixel=1,
        PlanarConfiguration=None,
    )
    picture = read_image(data)
    assert (picture.pixels == expected).all() and picture.notes == ("it has no colour",)


@pytest.mark.parametrize("stored", [12, 16])
def test_g7_more_bits_are_scaled_to_eight(stored):
    deep = scene().astype("<u2") << (stored - 8)
    data = object_bytes(deep, BitsAllocated=16, BitsStored=stored, HighBit=stored - 1)
    assert np.array_equal(decoded(data)[0], scene())


def test_a8_a_colour_profile_is_followed_to_srgb():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.abs(decoded(object_bytes(ICCProfile=profile))[0].astype(int) - scene()).max() <= 1


@pytest.mark.parametrize("count", [1796, 1798, 3600, 1802, 0])
def test_g3_pixels_of_another_length_are_refused(count):
    with pytest.raises(InvalidInputError, match=r"^lesion\.dcm: PixelData (has|is absent).*; expected "):
        decoded(object_bytes(bytes(count)))


def test_g5_every_frame_is_there_and_one_picture_is_never_made_of_the_first():
    frames = np.stack([scene(), scene()[::-1], scene()[:, ::-1]])
    data = object_bytes(frames, NumberOfFrames=3)
    assert np.array_equal(decoded(data), frames)
    assert np.array_equal(decoded(data, frame=2), frames[1:2])
    with pytest.raises(InvalidInputError, match=r"^x: NumberOfFrames is 3; expected 1, .*--frame"):
        read_image(data, source="x")
    with pytest.raises(InvalidInputError, match="NumberOfFrames is 3, there is no frame 4"):
        decoded(data, frame=4)


def test_g6_a_missing_decoder_is_named_with_its_package():
    from pydicom.encaps import encapsulate

    found = dataset(encapsulate([b"\xff\x4f\xff\x51"]), HTJ2K)
    found["PixelData"].is_undefined_length = True
    with pytest.raises(InvalidInputError, match=r"TransferSyntaxUID is High-Throughput JPEG 2000.*package .*pylibjpeg"):
        decoded(written(found))


def test_g6_run_lengths_are_decoded():
    found = dataset()
    found.compress(RLELossless)
    assert np.array_equal(decoded(written(found))[0], scene())


# objects of the corpus that are no pictures for us, with the element that the refusal names
NOT_READ = {
    "GDCMJ2K_TextGBR": "PixelData",  # a whole JP2 file where the standard wants a codestream
    "GH538-jpeg14sv1": "TransferSyntaxUID",  # lossless JPEG needs another package
    "HTJ2KLossless_08_RGB": "TransferSyntaxUID",
    "HTJ2K_08_RGB": "TransferSyntaxUID",
    "SC_rgb_32bit": "BitsAllocated",
    "SC_rgb_jpeg_gdcm": "TransferSyntaxUID",
    "SC_rgb_rle_32bit": "BitsAllocated",
    "SC_rgb_rle_32bit_2frame": "BitsAllocated",
    "examples_overlay": "SOPClassUID",
    "seg_image_sm_control_labelmap_palette_color": "SOPClassUID",
    "sm_image": "SOPClassUID",
    "sm_image_jpegls": "SOPClassUID",
}
DCMTK_CANNOT = {"SC_rgb_jpeg"}  # its meta information has no group length
LOSSY_OR_YBR = 2  # levels: two decoders round the conversion from YBR differently


def corpus() -> list[Path]:
    folder = Path(os.environ.get("MONAI_SKIN_TEST_DATA") or ROOT.parent / "shared" / "data") / "dicom"
    return [*sorted(folder.glob("colour/*.dcm")), *sorted(folder.glob("constructed_dermoscopy/*.dcm"))]


def run_tool(*words: object) -> None:
    if shutil.which(str(words[0])) is None:
        pytest.skip(f"needs {words[0]}, of the package dcmtk or libopenjp2-tools")
    subprocess.run([*map(str, words)], capture_output=True)


def others(file: Path, opened: DicomFile, folder: Path) -> list[np.ndarray]:
    """Every frame by programs of others: DCMTK, and OpenJPEG's own for JPEG 2000, which DCMTK has not."""
    syntax = opened.dataset.file_meta.TransferSyntaxUID
    if syntax in (JPEG2000, JPEG2000Lossless):
        for number, frame in enumerate(frames_of(opened.dataset, opened.shape.frames)):
            (folder / "frame.j2k").write_bytes(frame)
            run_tool("opj_decompress", "-i", folder / "frame.j2k", "-o", folder / f"frame.{number}.ppm")
    else:
        if syntax in (JPEGLSLossless, JPEGLSNearLossless):
            run_tool("dcmdjpls", file, folder / "plain.dcm")
            file = folder / "plain.dcm"
        run_tool("dcmj2pnm", "--write-raw-pnm", "--all-frames", file, folder / "frame")
    found = sorted(folder.glob("frame*.p?m"), key=lambda path: int(path.suffixes[-2][1:] if path.suffixes[1:] else 0))
    pictures = []
    for path in found:
        with Image.open(path) as picture:
            pictures.append(np.asarray(picture.convert("RGB")).astype(int))
    return pictures


def test_the_corpus_is_there(data_root):
    assert len(corpus()) >= 60 and data_root in corpus()[0].parents


@pytest.mark.parametrize("file", corpus(), ids=lambda file: file.stem)
def test_g6_real_colours_are_those_of_other_decoders(file, tmp_path):
    try:
        pixels = decode_dicom(open_dicom(file))[0]
    except InvalidInputError as error:
        assert error.field == NOT_READ.get(file.stem), str(error)
        return
    assert file.stem not in NOT_READ
    if file.stem in DCMTK_CANNOT:
        return
    opened = open_dicom(file)
    compared = others(file, opened, tmp_path)
    assert len(compared) == len(pixels)
    exact = opened.shape.photometric in ("RGB", "PALETTE COLOR", "YBR_RCT")
    for frame, other in zip(pixels, compared, strict=True):
        assert np.abs(frame.transpose(1, 2, 0) - other).max() <= (0 if exact else LOSSY_OR_YBR)


def test_g6_every_compression_of_colours_was_compared(data_root):
    """Else the comparison above could pass by having nothing to compare."""
    kinds = {open_dicom(file).dataset.file_meta.TransferSyntaxUID for file in corpus() if file.stem not in NOT_READ}
    assert {JPEG2000, JPEG2000Lossless, JPEGLSNearLossless, JPEGBaseline8Bit, RLELossless} <= kinds


@pytest.mark.parametrize("samples", ["line", "sample", "none"])
def test_g6_lossless_jpeg_ls_comes_back_as_it_went_into_another_encoder(samples, tmp_path):
    """The corpus has only lossy JPEG-LS in colour; DCMTK's dcmcjpls makes the rest."""
    (tmp_path / "plain.dcm").write_bytes(object_bytes())
    run_tool("dcmcjpls", f"--interleave-{samples}", tmp_path / "plain.dcm", tmp_path / "jpegls.dcm")
    opened = open_dicom(tmp_path / "jpegls.dcm")
    assert opened.dataset.file_meta.TransferSyntaxUID == JPEGLSLossless
    assert np.array_equal(decode_dicom(opened)[0][0].transpose(1, 2, 0), scene())
