# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Near duplicates: what must be found, and what must not."""

from __future__ import annotations

import cv2
import numpy as np

from monai_skin.data import Fingerprint, fingerprint, make_phantom, near_duplicates, same_bytes


def as_hwc(pixels):
    return np.ascontiguousarray(pixels.transpose(1, 2, 0))


def test_another_size_and_another_compression_are_found():
    picture = as_hwc(make_phantom(0, (225, 300), dx="mel").image)
    smaller = cv2.resize(picture, (160, 120), interpolation=cv2.INTER_AREA)
    coded = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    brighter = np.clip(picture * 0.8 + 30, 0, 255).astype(np.uint8)
    marks = [fingerprint(each.transpose(2, 0, 1)) for each in (picture, smaller, coded, brighter)]
    assert {(first, second) for first, second, _ in near_duplicates(marks)} == {
        (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3),
    }  # fmt: skip


def test_other_lesions_of_one_class_are_not_confused():
    marks = [fingerprint(make_phantom(seed, (150, 200), dx="nv").image) for seed in range(25)]
    assert list(near_duplicates(marks)) == []


def test_pictures_of_one_tone_have_nothing_to_compare():
    flat = fingerprint(np.full((3, 20, 20), 128, np.uint8))
    assert isinstance(flat, Fingerprint)
    assert not flat.tones.any()
    assert list(near_duplicates([flat, flat])) == []
    assert list(near_duplicates([])) == []


def test_pairs_are_found_across_the_blocks_the_search_works_in(monkeypatch):
    monkeypatch.setattr("monai_skin.data.duplicates._BLOCK", 4)
    marks = [fingerprint(make_phantom(seed, (96, 128)).image) for seed in (*range(9), 0)]
    assert list(near_duplicates(marks)) == [(0, 9, 0)]


def test_equal_files_are_grouped_by_their_digests():
    assert same_bytes(["x", "y", "", "x", "z", "y", "x", ""]) == [[0, 3, 6], [1, 5]]
    assert same_bytes([]) == []
