# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Outlines as presentation states."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from matplotlib.path import Path as Polygon
from PIL import Image, ImageCms

from monai_skin.dicom import can_be_presented, lesion_outlines, make_presentation, write_object
from monai_skin.errors import InvalidInputError
from monai_skin.io.dicom_header import open_dicom
from tests.dicom.objects import INSTANCE, SERIES, STUDY, faults, object_bytes, scene
from tests.dicom.test_segmentation import MODEL, mask

GREY = {"SamplesPerPixel": 1, "PlanarConfiguration": None, "PhotometricInterpretation": "MONOCHROME2"}
GREY |= {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "ConversionType": "WSD"}


def filled(lines: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """The pixels whose centre is inside an odd number of the lines."""
    rows, columns = np.indices(shape) + 0.5
    centres = np.column_stack([columns.ravel(), rows.ravel()])
    inside = [Polygon(line).contains_points(centres) for line in lines]
    return (np.sum(inside, axis=0) % 2 == 1).reshape(shape) if lines else np.zeros(shape, bool)


@settings(deadline=None, max_examples=50)
@given(hnp.arrays(bool, (9, 7), elements=st.booleans()))
def test_the_lines_filled_are_the_mask(outline):
    lines = lesion_outlines(outline)
    assert np.array_equal(filled(lines, outline.shape), outline)
    assert all((line[0] == line[-1]).all() and line.min() >= 0 for line in lines)


def test_a_line_fits_into_its_element_however_ragged_it_is():
    ragged = np.zeros((9, 9000), bool)
    ragged[4:-1] = ragged[1:-1, ::3] = True  # a comb of 3,000 teeth, 12,000 corners
    (line,) = lesion_outlines(ragged)
    assert len(line) * 8 <= 65534
    assert (line.min(0) <= 1).all() and (line.max(0) >= (8998, 7)).all(), "it still goes round all of it"


def test_g11_the_outline_comes_back_from_a_valid_file_of_the_same_study(tmp_path):
    source = open_dicom(object_bytes(), source="x")
    write_object(tmp_path / "pr.dcm", make_presentation(source, mask(), MODEL))
    found = pydicom.dcmread(tmp_path / "pr.dcm")
    assert found.SOPClassUID == "1.2.840.10008.5.1.4.1.1.11.2" and found.Modality == "PR"
    assert found.StudyInstanceUID == STUDY and found.SeriesInstanceUID != SERIES and found.PatientID == "CANARY-ID"
    (series,) = found.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == SERIES
    assert [image.ReferencedSOPInstanceUID for image in series.ReferencedImageSequence] == [INSTANCE]
    (drawn,) = found.GraphicAnnotationSequence
    lines = [np.array(line.GraphicData).reshape(-1, 2) for line in drawn.GraphicObjectSequence]
    assert {line.GraphicAnnotationUnits for line in drawn.GraphicObjectSequence} == {"PIXEL"}
    assert np.array_equal(filled(lines, (20, 30)), mask())
    assert "Research use only" in drawn.TextObjectSequence[0].UnformattedTextValue
    assert ImageCms.getProfileName(ImageCms.ImageCmsProfile(pydicom.filebase.DicomBytesIO(found.ICCProfile)))
    assert not faults(tmp_path / "pr.dcm")


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_g11_a_picture_without_colour_gets_a_presentation_state_of_its_own_kind(photometric, tmp_path):
    grey = object_bytes(scene()[..., :1], **{**GREY, "PhotometricInterpretation": photometric})
    made = make_presentation(open_dicom(grey, source="x"), mask(), MODEL)
    write_object(tmp_path / "pr.dcm", made)
    assert made.SOPClassUID == "1.2.840.10008.5.1.4.1.1.11.1"
    assert made.PresentationLUTShape == ("INVERSE" if photometric == "MONOCHROME1" else "IDENTITY")
    assert not faults(tmp_path / "pr.dcm")


@pytest.mark.parametrize(("photometric", "shade"), [("MONOCHROME2", 60), ("MONOCHROME1", 195)])
def test_another_program_applies_it(photometric, shade, tmp_path):
    """DCMTK's dcmp2pgm, which knows presentation states of one channel; it draws no lines into its file."""
    if shutil.which("dcmp2pgm") is None:
        pytest.skip("needs dcmp2pgm, of the package dcmtk")
    even = np.full((20, 30, 1), 60, np.uint8)
    (tmp_path / "picture.dcm").write_bytes(object_bytes(even, **{**GREY, "PhotometricInterpretation": photometric}))
    write_object(tmp_path / "pr.dcm", make_presentation(open_dicom(tmp_path / "picture.dcm"), mask(), MODEL))
    command = ["dcmp2pgm", "-p", "pr.dcm", "picture.dcm", "drawn.pgm"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    with Image.open(tmp_path / "drawn.pgm") as drawn:
        assert drawn.size == (30, 20) and np.abs(np.asarray(drawn).astype(int) - shade).max() <= 1


def test_a_palette_and_a_wrong_mask_are_named():
    palette = object_bytes(scene()[..., :1], **{**GREY, "PhotometricInterpretation": "PALETTE COLOR"})
    opened = open_dicom(palette, source="x")
    assert not can_be_presented(opened)
    with pytest.raises(InvalidInputError, match=r"^x: PhotometricInterpretation is PALETTE COLOR; expected a picture"):
        make_presentation(opened, mask(), MODEL)
    with pytest.raises(InvalidInputError, match="^x: mask is empty"):
        make_presentation(open_dicom(object_bytes(), source="x"), np.zeros((20, 30), bool), MODEL)


@pytest.mark.parametrize("profile", [b"no profile at all", bytes(400)])
def test_a_broken_profile_becomes_that_of_srgb_by_which_the_pixels_are_read_too(profile):
    made = make_presentation(open_dicom(object_bytes(ICCProfile=profile), source="x"), mask(), MODEL)
    own = ImageCms.ImageCmsProfile(pydicom.filebase.DicomBytesIO(made.ICCProfile))
    transform = ImageCms.buildTransform(own, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    picture = Image.fromarray(scene())
    assert np.abs(np.asarray(ImageCms.applyTransform(picture, transform)).astype(int) - scene()).max() <= 1
