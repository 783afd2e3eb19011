# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Colours of DICOM pixels, held to hand-worked values and to another decoder."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageCms
from pydicom.uid import HTJ2K, RLELossless

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image
from monai_skin.io.dicom_header import open_dicom
from monai_skin.io.dicom_pixels import decode_dicom
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


def test_g6_real_colours_are_those_of_another_decoder(data_root, tmp_path):
    """DCMTK's dcmj2pnm; differences of two levels are rounding of YBR."""
    if shutil.which("dcmj2pnm") is None:
        pytest.skip("needs dcmj2pnm, of the package dcmtk")
    compared = 0
    for file in [
        *(data_root / "dicom").glob("constructed_dermoscopy/*"),
        *(data_root / "dicom").glob("colour/SC_rgb*"),
    ]:
        try:
            pixels = decode_dicom(open_dicom(file))[0]
        except InvalidInputError as error:
            assert error.field in {"BitsAllocated", "TransferSyntaxUID"}, str(error)
            continue
        target = tmp_path / f"{file.stem}.ppm"
        arguments = ["dcmj2pnm", "--write-raw-pnm", "--frame", str(len(pixels)), str(file), str(target)]
        subprocess.run(arguments, capture_output=True)
        if target.exists():  # it has no JPEG 2000 and no JPEG-LS
            with Image.open(target) as other:
                difference = np.asarray(other.convert("RGB")).astype(int) - pixels[-1].transpose(1, 2, 0)
            assert np.abs(difference).max() <= 2, file.name
            compared += 1
    assert compared >= 20
