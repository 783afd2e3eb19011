# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""DullRazor restores skin below straight hairs; its parts do what its steps say."""

from __future__ import annotations

import numpy as np
import pytest

from monai_skin.transforms.dull_razor import candidates, dull_razor, ray
from tests.transforms.images import skin
from tests.transforms.test_find_hair import draw


def hwc(image):
    return image.permute(1, 2, 0).contiguous().numpy()


def test_a_ray_counts_marked_pixels_to_the_border_of_the_mark():
    mask = np.array([[1, 1, 0, 1], [0, 1, 1, 0], [1, 0, 1, 1]], np.uint8)
    assert ray(mask, (0, 1)).tolist() == [[2, 1, 0, 1], [0, 2, 1, 0], [1, 0, 2, 1]]
    assert ray(mask, (0, -1)).tolist() == [[1, 2, 0, 1], [0, 1, 2, 0], [1, 0, 1, 2]]
    assert ray(mask, (1, 0)).tolist() == [[1, 2, 0, 1], [0, 1, 2, 0], [1, 0, 1, 1]]
    assert ray(mask, (1, 1)).tolist() == [[3, 3, 0, 1], [0, 2, 2, 0], [1, 0, 1, 1]]
    assert ray(mask, (-1, -1)).tolist() == [[1, 1, 0, 1], [0, 2, 2, 0], [1, 0, 3, 3]]
    assert ray(mask, (1, -1)).tolist() == [[1, 1, 0, 2], [0, 2, 1, 0], [1, 0, 1, 1]]


def test_smooth_skin_has_no_candidates_and_a_line_has():
    image, truth = draw(skin(450, 600), angle=0)
    assert candidates(hwc(skin(450, 600)), 11).mean() < 0.005
    assert candidates(hwc(image), 11)[truth.numpy()].mean() > 0.95


@pytest.mark.parametrize("angle", [0, 45, 90, 135])
def test_a_hair_along_one_of_the_four_lines_is_restored(angle):
    clean = hwc(skin(450, 600))
    image, truth = draw(skin(450, 600), angle=angle)
    restored, changed = dull_razor(hwc(image))
    error = np.abs(restored.astype(int) - clean)[truth.numpy()].mean()
    assert error < 3 and changed[truth.numpy()].mean() > 0.97  # the hair itself was about 100 levels off


def test_skin_without_hair_is_hardly_touched():
    image = hwc(skin(450, 600))
    restored, changed = dull_razor(image)
    assert changed.mean() < 0.005 and (restored != image).any(axis=2).mean() < 0.005


def test_a_broad_dark_band_is_not_hair():
    image = hwc(skin(450, 600)).copy()
    image[200:240] = (60, 40, 30)
    assert dull_razor(image)[1].mean() < 0.005
