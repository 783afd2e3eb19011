# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Pairs, chosen and drawn: a phantom pair tells its class by both pictures together, and by one of them nothing."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
import pytest

from monai_skin.data import (
    PAIR_CHOICES,
    PhantomPair,
    choose_pairs,
    make_phantom_pair,
    read_dataset,
    write_phantom_pairs,
)
from monai_skin.errors import UsageError

SIZE = (96, 96)


def solidity(photograph):
    """Share of its convex hull that the dark lesion fills: near 1 for an oval, less with lobes."""
    green = cv2.GaussianBlur(photograph[1], (0, 0), 2.0)
    _, mask = cv2.threshold(green, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    lesion = max(outlines, key=cv2.contourArea)
    return cv2.contourArea(lesion) / cv2.contourArea(cv2.convexHull(lesion))


def shallow_contrast(scan):
    """How much darker than the rest some part of the dermis is, in grey levels."""
    rows, columns = scan.shape[1:]
    dermis = scan[0, int(0.27 * rows) : int(0.35 * rows)].mean(axis=0)
    smooth = cv2.blur(dermis[None], (columns // 8, 1))[0]
    return float(np.median(smooth) - smooth.min())


def test_a_photograph_does_not_depend_on_the_depth_nor_a_scan_on_the_outline():
    for seed in range(3):
        pairs = {
            (lobed, deep): make_phantom_pair(seed, SIZE, lobed=lobed, deep=deep) for lobed in (0, 1) for deep in (0, 1)
        }
        for one in (0, 1):
            assert np.array_equal(pairs[one, 0].clinical, pairs[one, 1].clinical)
            assert np.array_equal(pairs[0, one].ultrasound, pairs[1, one].ultrasound)
        assert [pairs[key].dx for key in sorted(pairs)] == ["benign", "malignant", "malignant", "benign"]


def test_both_pictures_together_tell_the_class():
    right = 0
    for seed in range(12):
        for lobed, deep in ((False, False), (False, True), (True, False), (True, True)):
            pair = make_phantom_pair(seed, SIZE, lobed=lobed, deep=deep)
            seen = (solidity(pair.clinical) < 0.945) != (shallow_contrast(pair.ultrasound) < 45)
            right += ("malignant" if seen else "benign") == pair.dx
    assert right >= 0.95 * 48


def test_a_scan_is_grey_has_a_bright_skin_line_above_and_speckle_and_a_dark_shaded_lesion():
    scan = make_phantom_pair(1, (128, 128), lobed=False, deep=False).ultrasound
    assert (scan.shape, scan.dtype) == ((3, 128, 128), np.uint8)
    assert np.array_equal(scan[0], scan[1]) and np.array_equal(scan[0], scan[2])
    rows = scan[0].mean(axis=1)
    gel, skin, dermis, subcutis = rows[6:10].mean(), rows[10:24].max(), rows[52:58].mean(), rows[90:].mean()
    assert gel < subcutis < dermis < skin
    fine = scan[0, 90:, :20].astype(float)
    assert fine.std() > 15, "speckle"


def test_the_same_numbers_give_the_same_pair_and_another_view_shows_the_same_lesion_anew():
    first, again = (make_phantom_pair(3, SIZE, lobed=True, deep=True) for _ in range(2))
    assert isinstance(first, PhantomPair)
    assert np.array_equal(first.clinical, again.clinical) and np.array_equal(first.ultrasound, again.ultrasound)
    other = make_phantom_pair(3, SIZE, lobed=True, deep=True, views=(1, 1))
    assert not np.array_equal(first.clinical, other.clinical)
    assert not np.array_equal(first.ultrasound, other.ultrasound)
    assert other.dx == first.dx


def test_a_folder_of_pairs_has_as_many_of_each_combination_and_is_read_as_such(tmp_path):
    items = write_phantom_pairs(tmp_path, 16, size=(32, 32))
    assert read_dataset(tmp_path) == items and len(items) == 4 * (1 + 2 + 2 + 4)
    assert Counter(item["label"] for item in choose_pairs(items, "first")) == {0: 8, 1: 8}
    per_case = Counter(item["case_id"] for item in items)
    assert Counter(per_case.values()) == {1: 4, 2: 8, 4: 4}
    photographs = {case: len({item["image"] for item in items if item["case_id"] == case}) for case in per_case}
    assert Counter(photographs.values()) == {1: 8, 2: 8}


@pytest.mark.parametrize("choice", PAIR_CHOICES)
def test_items_without_a_case_are_always_kept(choice):
    items = [{"image_id": name, "case_id": case} for name, case in (("a", "1"), ("b", "1"), ("c", ""), ("d", "2"))]
    kept = {"all": ["a", "b", "c", "d"], "first": ["a", "c", "d"]}
    assert [item["image_id"] for item in choose_pairs(items, choice)] == kept[choice]


@pytest.mark.parametrize("count", [0, 2, 6])
def test_a_count_that_would_give_the_class_away_is_refused(tmp_path, count):
    with pytest.raises(UsageError, match=f"count is {count}; expected 4, 8, 12 … cases"):
        write_phantom_pairs(tmp_path, count)


def test_a_size_too_small_is_refused():
    with pytest.raises(UsageError, match="size is 16 x 64; expected at least 32 pixels each way"):
        make_phantom_pair(0, (16, 64), lobed=True, deep=True)
