# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Regions without a network: the lesion is where it is, and together they cover the picture."""

from __future__ import annotations

import numpy as np

from monai_skin.concepts import REGION_PHRASES, Region, find_regions, otsu_lesion


def spotted(rows=96, columns=128):
    """A brown disc of radius 20 at (40, 70) on light skin."""
    down, across = np.mgrid[:rows, :columns]
    disc = (down - 40) ** 2 + (across - 70) ** 2 < 20**2
    image = np.where(disc, np.array([110, 60, 40])[:, None, None], np.array([220, 180, 160])[:, None, None])
    noise = np.random.default_rng(0).integers(-5, 6, image.shape)
    return (image + noise).astype(np.uint8), disc


def test_a_dark_spot_on_skin_is_the_lesion():
    image, disc = spotted()
    found = otsu_lesion(image)
    assert (found & disc).sum() / (found | disc).sum() > 0.85


def test_a_picture_of_one_colour_has_no_lesion_but_other_regions():
    image = np.full((3, 64, 64), 200, np.uint8)
    assert not otsu_lesion(image).any()
    assert {region.phrase for region in find_regions(image)} == {"superpixel", "box"}


def test_superpixels_share_the_picture_out_and_the_lesion_leads():
    image, disc = spotted()
    regions = find_regions(image)
    assert isinstance(regions[0], Region) and (regions[0].phrase, regions[0].score) == ("lesion", 1.0)
    assert {region.phrase for region in regions} == set(REGION_PHRASES)
    covered = sum(region.mask.astype(int) for region in regions if region.phrase == "superpixel")
    assert (covered == 1).all()
    assert all(0 <= region.score < 1 and region.mask.any() for region in regions[1:])
    assert np.array_equal(find_regions(image, disc)[0].mask, disc)
