# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Phantoms: true masks, repeatable, and every reader can use them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import ndimage

from monai_skin.data import PHANTOM_CLASSES, Phantom, load_datalist, make_phantom, read_dataset, write_phantoms
from monai_skin.errors import UsageError
from monai_skin.io import read_image, read_mask
from monai_skin.labels import SITES, VOCABULARIES


@pytest.fixture(scope="module")
def phantoms() -> dict[str, Phantom]:
    return {dx: make_phantom(5, (150, 200), dx=dx) for dx in PHANTOM_CLASSES}


def test_the_classes_are_those_of_ham10000(phantoms):
    assert set(phantoms) == set(VOCABULARIES["ham10000"])


@pytest.mark.parametrize("dx", PHANTOM_CLASSES)
def test_a_phantom_is_a_picture_with_one_lesion_and_possible_metadata(phantoms, dx):
    phantom = phantoms[dx]
    assert (phantom.image.shape, phantom.image.dtype, phantom.dx) == ((3, 150, 200), np.uint8, dx)
    assert phantom.mask.shape == (150, 200)
    assert ndimage.label(phantom.mask)[1] == 1
    assert np.array_equal(ndimage.binary_fill_holes(phantom.mask), phantom.mask)
    assert 0.01 < phantom.mask.mean() < 0.6
    assert phantom.age is None or 0 <= phantom.age <= 90
    assert phantom.site in SITES


@pytest.mark.parametrize("dx", PHANTOM_CLASSES)
def test_the_lesion_differs_from_the_skin_around_it(phantoms, dx):
    phantom = phantoms[dx]
    around = ndimage.binary_dilation(phantom.mask, iterations=10) & ~phantom.mask
    inside, outside = (phantom.image[:, part].mean(axis=1) for part in (phantom.mask, around))
    assert np.abs(inside - outside).max() > 8


def test_the_same_numbers_give_the_same_phantom_and_others_another():
    first, again = make_phantom(3, (64, 80)), make_phantom(3, (64, 80))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.mask, again.mask)
    assert not np.array_equal(first.image, make_phantom(4, (64, 80)).image)


def test_another_view_shows_the_same_patient_in_another_exposure():
    first, second = make_phantom(3, (64, 80)), make_phantom(3, (64, 80), view=1)
    assert first[2:] == second[2:]
    assert not np.array_equal(first.mask, second.mask)
    assert first.mask.sum() == pytest.approx(second.mask.sum(), rel=0.35)


@pytest.mark.parametrize("size", [(32, 32), (200, 50), (50, 200)])
def test_any_size_can_be_drawn(size):
    assert make_phantom(1, size).mask.shape == size


def test_a_full_size_phantom_takes_a_fraction_of_a_second():
    start = time.process_time()
    make_phantom(0)
    assert time.process_time() - start < 1.5  # about 0.06 s of work; the margin is for busy machines


def test_they_are_written_as_a_data_set_that_readers_understand(tmp_path):
    items = write_phantoms(tmp_path, 16, seed=2, size=(48, 64))
    assert read_dataset(tmp_path) == items
    assert {item["dx"] for item in items} == set(PHANTOM_CLASSES)
    assert len({item["lesion_id"] for item in items}) == 12
    assert all(load_datalist(tmp_path, section) for section in ("training", "validation", "test"))
    picture, mask = read_image(items[0]["image"]), read_mask(items[0]["mask"])
    assert picture.full_size == mask.shape == (48, 64)
    drawn = make_phantom(2 * 1_000_003, (48, 64), dx=items[0]["dx"])
    assert np.array_equal(mask, drawn.mask)
    assert np.abs(picture.pixels.astype(int) - drawn.image).mean() < 6  # JPEG


def test_what_cannot_be_drawn_is_refused(tmp_path):
    with pytest.raises(UsageError, match="dx is 'flu'; expected one of akiec"):
        make_phantom(0, dx="flu")
    with pytest.raises(UsageError, match="size is 8 x 90; expected at least 32 pixels each way"):
        make_phantom(0, (8, 90))
    with pytest.raises(UsageError, match="count is 0; expected at least 1"):
        write_phantoms(tmp_path, 0)
