# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Ultrasound objects: the scanned region alone, a frame that was asked for, and never half an answer."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from monai_skin.errors import InvalidInputError
from monai_skin.io import count_frames, read_image, read_ultrasound
from monai_skin.transforms import LoadUltrasound
from tests.dicom.objects import jpeg_object, object_bytes

ONE_FRAME, SEVERAL = "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.3.1"
SCAN = np.random.default_rng(0).integers(0, 255, (40, 50), np.uint8)
GREY = {"SOPClassUID": ONE_FRAME, "Modality": "US", "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2"}


def region(left: int, top: int, right: int, bottom: int, *, plane: int = 1, data: int = 1) -> Dataset:
    found = Dataset()
    found.RegionSpatialFormat, found.RegionDataType = plane, data
    found.RegionLocationMinX0, found.RegionLocationMinY0 = left, top
    found.RegionLocationMaxX1, found.RegionLocationMaxY1 = right, bottom
    return found


def scan(*regions: Dataset, pixels: np.ndarray = SCAN, **elements: object) -> bytes:
    values = {**GREY, "PlanarConfiguration": None, "Rows": 40, "Columns": 50, **elements}
    return object_bytes(pixels.tobytes(), SequenceOfUltrasoundRegions=list(regions) or None, **values)


def test_an_object_is_cut_to_its_region_of_tissue_the_last_row_and_column_included():
    """A bar of settings above and a scale on the right stay outside."""
    found = read_ultrasound(scan(region(0, 6, 41, 39)))
    np.testing.assert_array_equal(found.pixels, np.repeat(SCAN[None, 6:40, 0:42], 3, axis=0))
    assert found.full_size == (34, 42) and "cut to the scanned region" in found.notes
    assert read_image(scan(region(0, 6, 41, 39))).pixels.shape == (3, 40, 50), "the reader of photographs cuts nothing"


def test_of_several_regions_the_largest_of_tissue_in_the_plane_is_taken():
    traces = [region(0, 0, 49, 39, plane=3, data=3), region(0, 0, 49, 38, data=2), region(0, 0, 49, 37, plane=2)]
    found = read_ultrasound(scan(*traces, region(1, 1, 10, 10), region(5, 5, 30, 30)))
    np.testing.assert_array_equal(found.pixels[0], SCAN[5:31, 5:31])


def test_without_a_region_the_whole_is_used_and_a_note_says_so():
    found = read_ultrasound(scan())
    np.testing.assert_array_equal(found.pixels[0], SCAN)
    assert any("no scanned region is marked" in note for note in found.notes)


@pytest.mark.parametrize("corners", [(0, 0, 50, 39), (0, 0, 49, 40), (20, 0, 10, 39), (0, 30, 10, 20)])
def test_a_region_outside_the_picture_is_refused(corners):
    with pytest.raises(InvalidInputError, match="SequenceOfUltrasoundRegions has a region from .* inside 50 x 40"):
        read_ultrasound(scan(region(*corners)))


def test_a_region_without_a_corner_is_refused():
    broken = region(0, 0, 10, 10)
    del broken.RegionLocationMaxY1
    with pytest.raises(InvalidInputError, match="RegionLocationMaxY1 is absent"):
        read_ultrasound(scan(broken))


def test_g5_of_several_frames_one_has_to_be_asked_for():
    frames = np.stack([SCAN, SCAN[::-1], SCAN[:, ::-1]])
    data = scan(region(2, 2, 40, 30), pixels=frames, SOPClassUID=SEVERAL, NumberOfFrames=3)
    assert count_frames(data) == 3
    with pytest.raises(InvalidInputError, match="NumberOfFrames is 3; expected 1, or a frame that is named"):
        read_ultrasound(data)
    for number, frame in enumerate(frames, start=1):
        np.testing.assert_array_equal(read_ultrasound(data, frame=number).pixels[0], frame[2:31, 2:41])
        assert LoadUltrasound(frame=number)(data).shape == (1, 29, 39)
    with pytest.raises(InvalidInputError, match="there is no frame 4"):
        read_ultrasound(data, frame=4)


def test_ybr_becomes_the_grey_it_shows():
    """JPEG within DICOM is YBR_FULL_422 as scanners write it; a grey picture keeps its values but for the coding."""
    smooth = np.linspace(20, 220, 20 * 30).reshape(20, 30).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(np.repeat(smooth[..., None], 3, axis=2)).save(stream, "JPEG", quality=95)
    data = jpeg_object([stream.getvalue()], SOPClassUID=ONE_FRAME, SequenceOfUltrasoundRegions=[region(3, 2, 29, 19)])
    found = LoadUltrasound()(data).numpy()
    assert np.abs(found[0].astype(int) - smooth[2:20, 3:30]).max() <= 4


def test_other_files_are_read_as_they_always_were(tmp_path):
    Image.fromarray(SCAN).save(tmp_path / "scan.png")
    found = read_ultrasound(tmp_path / "scan.png")
    np.testing.assert_array_equal(found.pixels, read_image(tmp_path / "scan.png").pixels)
    assert count_frames(tmp_path / "scan.png") == 1 and found.notes == ()
