# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Hairs are long dark lines; noise, dots and a network's meshes are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from monai_skin.transforms import find_hair
from tests.transforms.images import constant_images, images, skin


def draw(image, *, width=2, color=(60, 40, 30), angle=None):
    """Two straight dark lines and an arc on ``image``, or one line at ``angle`` degrees; returns image and mask."""
    pixels, mask = image.permute(1, 2, 0).contiguous().numpy().copy(), np.zeros(image.shape[1:], np.uint8)
    rows, columns = mask.shape
    for canvas, value in ((pixels, color), (mask, 1)):
        if angle is not None:
            along = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))]) * min(rows, columns) * 0.4
            ends = [tuple(int(v) for v in np.array([columns / 2, rows / 2]) + sign * along) for sign in (-1, 1)]
            cv2.line(canvas, *ends, value, width)
        else:
            cv2.line(canvas, (10, 20), (columns - 30, rows - 40), value, width)
            cv2.line(canvas, (columns // 3, 5), (columns // 3, rows - 5), value, width)
            cv2.ellipse(canvas, (columns // 2, rows // 2), (columns // 3, rows // 3), 0, 180, 300, value, width)
    return torch.from_numpy(pixels).permute(2, 0, 1), torch.from_numpy(mask).bool()


@pytest.mark.parametrize("size", [(192, 256), (450, 600), (1024, 1024), (1200, 1600)])
def test_skin_without_dark_lines_has_under_half_a_percent_of_hair(size):
    assert find_hair(skin(*size)).float().mean() < 0.005


@pytest.mark.parametrize("size", [(450, 600), (768, 1024), (1200, 1600)])
def test_drawn_hairs_are_found_and_little_else(size):
    image, truth = draw(skin(*size), width=max(2, round(2 * size[1] / 600)))
    found = find_hair(image)
    near = torch.from_numpy(cv2.dilate(truth.numpy().astype(np.uint8), np.ones((13, 13), np.uint8))).bool()
    assert (found & truth).sum() > 0.97 * truth.sum() and (found & ~near).sum() < 0.005 * found.numel()


@pytest.mark.parametrize("angle", range(0, 180, 15))
def test_hairs_of_every_direction_are_found(angle):
    image, truth = draw(skin(450, 600), angle=angle)
    assert (find_hair(image) & truth).sum() > 0.95 * truth.sum()


def test_dots_and_a_fine_mesh_are_not_hair():
    pixels = skin(450, 600).permute(1, 2, 0).contiguous().numpy().copy()
    for y in range(60, 400, 30):
        for x in range(60, 250, 30):
            cv2.circle(pixels, (x, y), 4, (70, 45, 35), -1)
        for x in range(330, 560, 24):
            cv2.circle(pixels, (x, y), 9, (90, 60, 50), 2)
    assert find_hair(torch.from_numpy(pixels).permute(2, 0, 1)).float().mean() < 0.005


@settings(deadline=None, max_examples=25)
@given(images)
def test_the_mask_has_the_size_of_the_image(image):
    mask = find_hair(image)
    assert mask.shape == image.shape[1:] and mask.dtype == torch.bool


@settings(deadline=None, max_examples=10)
@given(constant_images)
def test_a10_a_constant_image_has_no_hair(image):
    assert not find_hair(image).any()


def test_bytes_and_floats_agree():
    image, _ = draw(skin())
    assert torch.equal(find_hair(image), find_hair(image.float() / 255))


def test_a_higher_threshold_finds_less():
    image, _ = draw(skin(450, 600), color=(140, 110, 95))
    assert find_hair(image, threshold=25).sum() < find_hair(image, threshold=10).sum()
