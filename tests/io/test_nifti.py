# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks as NIfTI, read back by nibabel and by ITK."""

from __future__ import annotations

import itk
import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from monai.transforms import LoadImage
from PIL import Image

from monai_skin.errors import UsageError
from monai_skin.io import write_mask
from monai_skin.io.nifti import write_nifti_mask


def corner() -> np.ndarray:
    """(H, W): one corner only, so that every flip and swap shows."""
    mask = np.zeros((20, 30), bool)
    mask[2:5, 3:11] = True
    return mask


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mask=hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.booleans()))
def test_every_mask_comes_back_by_nibabel(mask, tmp_path):
    write_nifti_mask(tmp_path / "mask.nii.gz", mask, (0.5, 0.25))
    found = nib.load(tmp_path / "mask.nii.gz")
    assert np.array_equal(np.asarray(found.dataobj).T, mask) and found.get_data_dtype() == np.uint8
    assert [float(size) for size in found.header.get_zooms()] == [0.25, 0.5], "across, then down"


def test_itk_puts_it_upon_the_picture(tmp_path):
    Image.fromarray(np.where(corner(), 255, 0).astype(np.uint8)).save(tmp_path / "picture.png")
    write_nifti_mask(tmp_path / "mask.nii.gz", corner())
    picture, mask = (itk.imread(str(tmp_path / name)) for name in ("picture.png", "mask.nii.gz"))
    assert np.array_equal(itk.array_from_image(mask) > 0, itk.array_from_image(picture) > 0)
    for index in ([0, 0], [29, 0], [0, 19], [3, 2]):
        places = (np.array(image.TransformIndexToPhysicalPoint(index)) for image in (picture, mask))
        np.testing.assert_allclose(*places, atol=1e-6)


def test_itk_sees_the_size_of_a_pixel(tmp_path):
    write_nifti_mask(tmp_path / "mask.nii.gz", corner(), (0.5, 0.25))
    mask = itk.imread(str(tmp_path / "mask.nii.gz"))
    np.testing.assert_allclose(np.array(mask.GetSpacing()), [0.25, 0.5])
    np.testing.assert_allclose(itk.array_from_matrix(mask.GetDirection()), np.eye(2), atol=1e-6)


def test_the_header_says_what_is_known(tmp_path):
    for spacing, unit in (((0.5, 0.25), "mm"), (None, "unknown")):
        write_nifti_mask(tmp_path / "mask.nii.gz", corner(), spacing)
        found = nib.load(tmp_path / "mask.nii.gz")
        assert found.header.get_xyzt_units()[0] == unit
        assert nib.aff2axcodes(found.affine) == ("L", "P", "S")
        assert (int(found.header["qform_code"]), int(found.header["sform_code"])) == (2, 2)
        np.testing.assert_allclose(found.get_qform(), found.get_sform(), atol=1e-6)


def test_monai_reads_it_as_it_reads_the_png(tmp_path):
    write_mask(tmp_path / "mask.png", corner())
    write_nifti_mask(tmp_path / "mask.nii.gz", corner())
    load = LoadImage(ensure_channel_first=True)
    png, nifti = (load(tmp_path / name) for name in ("mask.png", "mask.nii.gz"))
    assert png.shape == nifti.shape == (1, 30, 20)
    assert np.array_equal(np.asarray(png) > 0, np.asarray(nifti) > 0)


def test_one_mask_gives_one_file(tmp_path):
    for name in ("a.nii.gz", "b.nii.gz"):
        write_nifti_mask(tmp_path / name, corner())
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


@pytest.mark.parametrize(
    ("name", "mask", "found"),
    [
        ("m.nii", corner(), r"suffix is not known; expected \.nii\.gz"),
        ("m.nii.gz", corner().astype(np.uint8), r"mask is uint8 of shape \(20, 30\); expected bool of shape"),
        ("m.nii.gz", corner()[None], r"mask is bool of shape \(1, 20, 30\)"),
        ("m.nii.gz", np.zeros((1, 40_000), bool), r"neither above 32,767"),
    ],
)
def test_what_cannot_be_written_is_named(name, mask, found, tmp_path):
    with pytest.raises(UsageError, match=f"^{name}: .*{found}|^{name}: {found}"):
        write_nifti_mask(tmp_path / name, mask)
