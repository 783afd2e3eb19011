# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The lesion stays, doubles go, the best come first."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.concepts import box_overlaps, select_concepts

BOXES = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 9], [20, 0, 30, 10], [0, 0, 10, 10]], np.float32)


def test_overlap_of_two_boxes_by_hand():
    # 10 x 10 and 10 x 9 share 90 of 100 pixels; boxes side by side share none; a point has no area
    boxes = np.array([[0, 0, 10, 10], [5, 5, 5, 5]], np.float32)
    np.testing.assert_allclose(box_overlaps(boxes, BOXES), [[1, 0.9, 0.9, 0, 1], [0, 0, 0, 0, 0]])


def test_of_two_boxes_of_one_phrase_the_stronger_stays_and_other_phrases_do_not_matter():
    scores, phrases = np.array([0.5, 0.6, 0.9, 0.7, 0.4], np.float32), np.array([0, 0, 1, 1, 2], np.int32)
    kept = select_concepts(BOXES, scores, phrases, nms_iou=0.8, limit=30)
    # box 0 overlaps box 1 of its phrase by 0.9 and is weaker; the lesion (phrase 0) leads whatever its score
    assert kept.tolist() == [1, 2, 3, 4]
    assert select_concepts(BOXES, scores, phrases, nms_iou=0.95, limit=30).tolist() == [1, 0, 2, 3, 4]


def test_a_limit_takes_the_weakest_but_never_the_lesion():
    scores, phrases = np.array([0.1, 0.2, 0.9, 0.7, 0.4], np.float32), np.array([0, 3, 1, 1, 2], np.int32)
    assert select_concepts(BOXES, scores, phrases, nms_iou=0.8, limit=2).tolist() == [0, 2]


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 30), st.integers(1, 12), st.integers(0, 1000))
def test_no_two_that_stay_are_doubles_and_what_goes_has_a_stronger_double(count, limit, seed):
    drawn = np.random.default_rng(seed)
    corners = drawn.uniform(0, 10, (count, 2))
    boxes = np.concatenate([corners, corners + drawn.uniform(1, 10, (count, 2))], 1).astype(np.float32)
    scores, phrases = drawn.random(count).astype(np.float32), drawn.integers(0, 3, count).astype(np.int32)
    every = select_concepts(boxes, scores, phrases, nms_iou=0.5, limit=1000)
    same = phrases[every][:, None] == phrases[every]
    doubled = (box_overlaps(boxes[every], boxes[every]) > 0.5) & same
    assert not (doubled & ~np.eye(len(every), dtype=bool)).any()
    for gone in set(range(count)) - set(every.tolist()):
        rivals = [index for index in every if phrases[index] == phrases[gone] and scores[index] >= scores[gone]]
        assert box_overlaps(boxes[[gone]], boxes[rivals]).max() > 0.5
    assert select_concepts(boxes, scores, phrases, nms_iou=0.5, limit=limit).tolist() == every[:limit].tolist()
